// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import static org.awaitility.Awaitility.await;

import io.anteroom.node.filter.EndedKeys;
import io.anteroom.node.filter.FilterDispatcher;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.flow.SuspensionCommand.Local;
import io.anteroom.node.flow.SuspensionCommand.ToQuery;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.Queries;
import io.anteroom.protocol.Attach;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.FilterRequests;
import io.anteroom.protocol.Grant;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.Resumes;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToDispatcher;
import io.anteroom.protocol.ToInstance;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.BehaviorInterceptor;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.TypedActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.receptionist.Receptionist;

/**
 * Two nodes as far as suspensions go, with an origin on the first and filter instances. Between
 * them is a network that keeps every message until the test delivers it, in whatever order.
 *
 * <p>All actors run on the thread that tells them something, so what happens follows from what the
 * test does.
 */
final class TwoNodes {
  static final int SERVICE = 7;
  static final int SHARDS = 3;

  private static final DispatcherSelector HERE =
      DispatcherSelector.fromConfig("pekko.test.calling-thread-dispatcher");

  private final ActorTestKit kit;
  private final ManualTime time;
  private final List<SuspensionCommand> toEntities = new ArrayList<>();
  private final List<OriginCommand> toOrigin = new ArrayList<>();
  private final List<Part> parts = new ArrayList<>();
  private final int[] homes = new int[SHARDS];
  private final Set<Integer> moving = new HashSet<>();
  private final List<Instance> instances = new ArrayList<>();
  private final Suspender suspender;
  private final Suspensions suspensions;
  private long now;

  /** What one node has. */
  private final class Part {
    final FilterService service = new FilterService(Queries.service(SERVICE));
    final EndedKeys ended = new EndedKeys();
    final EarlyVerdicts early = new EarlyVerdicts(new Counters<>(Counter.class), () -> now);
    final Map<SuspensionKey, ActorRef<SuspensionCommand>> entities = new HashMap<>();
    final ActorRef<ToDispatcher> dispatcher =
        kit.spawn(FilterDispatcher.create(service, toEntities::add, ended, () -> now), HERE);
    final SuspendedQuery.Shared shared =
        new SuspendedQuery.Shared(
            Map.of(SERVICE, service),
            Map.of(SERVICE, dispatcher),
            Set.of(),
            toEntities::add,
            ended,
            early,
            () -> now);
  }

  /** A filter instance: what it was asked, and by whom. */
  static final class Instance {
    final List<FilterRequest> requests = new ArrayList<>();
    private final Set<ActorRef<ToDispatcher>> attached = new HashSet<>();
    private ActorRef<ToInstance> ref;
  }

  TwoNodes(ActorTestKit kit, ManualTime time) {
    this.kit = kit;
    this.time = time;
    parts.add(new Part());
    parts.add(new Part());
    Homes here = new Homes();
    for (int shard = 0; shard < SHARDS; shard++) {
      here.add(shard);
    }
    suspender =
        new Suspender(
            List.of(parts.get(0).service),
            Long.MAX_VALUE,
            here,
            toEntities::add,
            new SecureRandom(),
            () -> now);
    ActorRef<OriginCommand> origin =
        kit.spawn(
            Behaviors.receiveMessage(
                message -> {
                  toOrigin.add(message);
                  return Behaviors.same();
                }),
            HERE);
    suspensions = new Suspensions(suspender, origin);
    addInstance();
    addInstance();
  }

  Suspensions suspensions() {
    return suspensions;
  }

  long live() {
    return suspender.live();
  }

  int entities() {
    return parts.stream().mapToInt(part -> part.entities.size()).sum();
  }

  int earlyVerdicts() {
    return parts.stream().mapToInt(part -> part.early.waiting()).sum();
  }

  long count(SuspensionCounter counter) {
    return parts.stream().mapToLong(part -> part.service.counters().get(counter)).sum();
  }

  /** Messages on their way that can arrive now. */
  List<Object> underWay() {
    List<Object> all = new ArrayList<>(toOrigin);
    toEntities.stream().filter(message -> !moving.contains(message.shard())).forEach(all::add);
    return all;
  }

  /** Takes a message from the network; those for the origin are returned. */
  OriginCommand deliver(Object message) {
    if (message instanceof OriginCommand toTheOrigin) {
      toOrigin.remove(toTheOrigin);
      return toTheOrigin;
    }
    SuspensionCommand command = (SuspensionCommand) message;
    toEntities.remove(command);
    Part home = parts.get(homes[command.shard()]);
    entity(home, ((ToQuery) command).key()).tell(command);
    return null;
  }

  private ActorRef<SuspensionCommand> entity(Part part, SuspensionKey key) {
    ActorRef<SuspensionCommand> known = part.entities.get(key);
    if (known == null) {
      Behavior<SuspensionCommand> entity = SuspendedQuery.create(key, part.shared);
      known = kit.spawn(Behaviors.intercept(() -> new Ends(part.entities, key), entity), HERE);
      part.entities.put(key, known);
    }
    return known;
  }

  /** Takes an entity that has stopped from the list. */
  private static final class Ends
      extends BehaviorInterceptor<SuspensionCommand, SuspensionCommand> {
    private final Map<SuspensionKey, ActorRef<SuspensionCommand>> entities;
    private final SuspensionKey key;

    Ends(Map<SuspensionKey, ActorRef<SuspensionCommand>> entities, SuspensionKey key) {
      super(SuspensionCommand.class);
      this.entities = entities;
      this.key = key;
    }

    @Override
    public Behavior<SuspensionCommand> aroundReceive(
        TypedActorContext<SuspensionCommand> context,
        SuspensionCommand message,
        ReceiveTarget<SuspensionCommand> target) {
      Behavior<SuspensionCommand> next = target.apply(context, message);
      if (!Behavior.isAlive(next)) {
        entities.remove(key);
      }
      return next;
    }
  }

  /** Stops the entities of a shard; its messages wait until it arrives at the other node. */
  void handOver(int shard, RandomGenerator random) {
    if (!moving.add(shard)) {
      return;
    }
    Part from = parts.get(homes[shard]);
    parts.forEach(part -> part.early.handedOver(shard));
    List<SuspensionKey> there =
        new ArrayList<>(from.entities.keySet().stream().filter(k -> k.shard() == shard).toList());
    while (!there.isEmpty()) {
      from.entities.get(there.remove(random.nextInt(there.size()))).tell(Local.STOP);
    }
  }

  /** Ends the move of a shard. */
  void arrive(int shard) {
    if (moving.remove(shard)) {
      homes[shard] = 1 - homes[shard];
    }
  }

  void timePasses(Duration duration) {
    now += duration.toNanos();
    time.timePasses(duration);
  }

  List<Instance> instances() {
    return instances;
  }

  /** Has an instance tell a verdict to the dispatcher of a node. */
  void resume(Instance instance, int node, Resume resume) {
    parts.get(node).dispatcher.tell(new Resumes(instance.ref, 1, List.of(resume)));
  }

  /** Has somebody tell a verdict who is no instance. */
  void resumeAsStranger(int node, Resume resume) {
    ActorRef<ToInstance> stranger = kit.<ToInstance>createTestProbe().ref();
    parts.get(node).dispatcher.tell(new Resumes(stranger, 0, List.of(resume)));
  }

  /** One instance ends, another begins. */
  void replaceInstance(int which) {
    kit.stop(instances.remove(which).ref);
    addInstance();
  }

  private void addInstance() {
    Instance instance = new Instance();
    instance.ref =
        kit.spawn(
            Behaviors.setup(
                context ->
                    Behaviors.receiveMessage(
                        message -> {
                          if (message instanceof Attach attach) {
                            attach.dispatcher().tell(new Grant(SERVICE, context.getSelf(), 50));
                            instance.attached.add(attach.dispatcher());
                          } else if (message instanceof FilterRequests batch) {
                            instance.requests.addAll(batch.requests());
                          }
                          return Behaviors.same();
                        })),
            HERE);
    kit.system()
        .receptionist()
        .tell(Receptionist.register(FilterKeys.instances(SERVICE), instance.ref));
    await()
        .pollInterval(Duration.ofMillis(1))
        .until(() -> parts.stream().allMatch(p -> instance.attached.contains(p.dispatcher)));
    instances.add(instance);
  }

  void stop() {
    instances.forEach(instance -> kit.stop(instance.ref));
    parts.forEach(part -> kit.stop(part.dispatcher));
  }
}
