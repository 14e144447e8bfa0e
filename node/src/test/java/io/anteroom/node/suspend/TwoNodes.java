// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.cache.VerdictCache;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.filter.EndedKeys;
import io.anteroom.node.filter.FilterRouter;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.filter.FilterServices;
import io.anteroom.node.filter.FilterStatus;
import io.anteroom.node.filter.ServiceView;
import io.anteroom.node.filter.Strays;
import io.anteroom.node.filter.VerdictFit;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Resumed;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.flow.SuspensionCommand.Cancel;
import io.anteroom.node.flow.SuspensionCommand.Local;
import io.anteroom.node.flow.SuspensionCommand.Suspend;
import io.anteroom.node.flow.SuspensionCommand.ToQuery;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.Resumes;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.BehaviorInterceptor;
import org.apache.pekko.actor.typed.TypedActorContext;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.apache.pekko.actor.typed.receptionist.ServiceKey;

/**
 * Two nodes as far as suspensions go, with an origin on the first and filter instances. Between
 * them is a network that keeps every message until the test delivers it, in whatever order.
 *
 * <p>All actors run on the thread that tells them something, and what is random comes from the
 * seed, so the same calls always have the same effect.
 */
final class TwoNodes {
  static final int SERVICE = 7;
  static final int SHARDS = 3;

  private static final ServiceKey<ToInstance> INSTANCES = FilterKeys.instances(SERVICE);

  private final ActorTestKit kit;
  private final FilterSettings settings;
  private final StepScheduler time;
  private final long beginning;
  private final List<SuspensionCommand> toEntities = new ArrayList<>();
  private final List<OriginCommand> toOrigin = new ArrayList<>();
  private final List<Part> parts = new ArrayList<>();
  private final LocalShards here = new LocalShards();
  private final int[] localShards = new int[SHARDS];
  private final Set<Integer> moving = new HashSet<>();
  private final List<PlayedInstance> instances = new ArrayList<>();

  private final List<Suspend> begun = new ArrayList<>();

  /** Of the queries whose entities have not said that they have ended. */
  private final Map<SuspensionKey, Long> deadlines = new HashMap<>();

  private final Suspender suspender;
  private final Suspensions suspensions;
  private final ActorRef<Task> nursery;
  private final TestProbe<Receptionist.Listing> listings;
  private long ahead;

  /** What one node has. */
  private final class Part {
    final FilterService service = new FilterService(settings, TwoNodes.this::now);
    final EndedKeys ended = new EndedKeys();
    final EarlyVerdicts early =
        new EarlyVerdicts(new Counters<>(Counter.class), TwoNodes.this::now);
    final Map<SuspensionKey, ActorRef<SuspensionCommand>> entities = new LinkedHashMap<>();
    final ServiceView view = service.newView();
    final ActorRef<ToRouter> router =
        spawn(
            FilterRouter.create(
                service,
                view,
                TwoNodes.this::send,
                ended,
                new Strays(),
                purge -> {},
                TwoNodes.this::now));
    final SuspendedQuery.Shared shared =
        new SuspendedQuery.Shared(
            kit.system(),
            new FilterServices(List.of(service)),
            new VerdictFit(Set.of()),
            TwoNodes.this::send,
            ended,
            early,
            TwoNodes.this::now);

    Part() {
      service.add(new FilterService.InCluster(kit.system(), router, view));
      service.use(kit.system());
    }
  }

  TwoNodes(ActorTestKit kit, FilterSettings settings, long maxBytes, long seed) {
    this.kit = kit;
    this.settings = settings;
    this.time = StepScheduler.of(kit.system());
    this.beginning = time.now();
    this.nursery = kit.spawn(nursery(), StepExecutor.SELECTOR);
    this.listings = kit.createTestProbe(Receptionist.Listing.class);
    parts.add(new Part());
    parts.add(new Part());
    for (int shard = 0; shard < SHARDS; shard++) {
      here.add(shard);
    }
    FilterService service = parts.get(0).service;
    suspender =
        new Suspender(
            new FilterServices(List.of(service)),
            maxBytes,
            new VerdictCache(1 << 20, this::now),
            random(seed),
            this::now);
    suspender.suspendAt(new Place(here, this::send, origin -> origin));
    ActorRef<OriginCommand> origin =
        spawn(
            Behaviors.receiveMessage(
                message -> {
                  toOrigin.add(message);
                  deadlines.remove(message instanceof Resumed end ? end.key() : null);
                  return Behaviors.same();
                }));
    suspensions = new Suspensions(suspender, origin);
  }

  /** Something for the parent of all actors to do. */
  private interface Task {
    Behavior<Task> in(ActorContext<Task> context);
  }

  private static Behavior<Task> nursery() {
    return Behaviors.receive((context, task) -> task.in(context));
  }

  private <T> ActorRef<T> spawn(Behavior<T> behavior) {
    List<ActorRef<T>> spawned = new ArrayList<>(1);
    nursery.tell(
        context -> {
          spawned.add(context.spawnAnonymous(behavior, StepExecutor.SELECTOR));
          return Behaviors.same();
        });
    StepExecutor.runAll();
    return spawned.get(0);
  }

  private static <T> void tell(ActorRef<T> actor, T message) {
    actor.tell(message);
    StepExecutor.runAll();
  }

  private static SecureRandom random(long seed) {
    try {
      // One that has no randomness of its own.
      SecureRandom random = SecureRandom.getInstance("SHA1PRNG");
      random.setSeed(seed);
      return random;
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  long now() {
    return Math.max(ahead, time.now() - beginning);
  }

  private void send(SuspensionCommand message) {
    if (message instanceof Suspend suspend && !suspend.moved()) {
      deadlines.put(suspend.key(), suspend.state().deadlineNanos());
      begun.add(suspend);
    } else if (message instanceof Cancel cancel) {
      deadlines.remove(cancel.key());
    }
    toEntities.add(message);
  }

  Suspensions suspensions() {
    return suspensions;
  }

  int live() {
    return suspender.live();
  }

  long suspendedBytes() {
    return suspender.suspendedBytes();
  }

  int entities() {
    return parts.stream().mapToInt(part -> part.entities.size()).sum();
  }

  int earlyVerdicts() {
    return parts.stream().mapToInt(part -> part.early.waiting()).sum();
  }

  /** What the routers had to do a second ago at most. */
  List<FilterStatus> routers() {
    return parts.stream().map(part -> part.service.status()).toList();
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

  /** What the origin has sent, in this order. */
  List<Suspend> begun() {
    return begun;
  }

  /** How many suspended queries are on their way to the next home of their shard. */
  long movedUnderWay() {
    return toEntities.stream().filter(m -> m instanceof Suspend suspend && suspend.moved()).count();
  }

  /** Entities that wait for a verdict though their time is up. */
  List<SuspensionKey> overdue() {
    Set<SuspensionKey> awaited = new HashSet<>();
    toEntities.forEach(m -> awaited.add(m instanceof Suspend suspend ? suspend.key() : null));
    return parts.stream()
        .flatMap(part -> part.entities.keySet().stream())
        .filter(key -> deadlines.getOrDefault(key, Long.MAX_VALUE) <= now())
        .filter(key -> !awaited.contains(key))
        .toList();
  }

  /** Entities whose key has ended on their node. */
  List<SuspensionKey> undead() {
    return parts.stream()
        .flatMap(part -> part.entities.keySet().stream().filter(part.ended::contains))
        .toList();
  }

  /** Takes a message from the network; those for the origin are returned. */
  OriginCommand deliver(Object message) {
    take(message);
    if (message instanceof OriginCommand toTheOrigin) {
      return toTheOrigin;
    }
    ToQuery command = (ToQuery) message;
    Part home = parts.get(localShards[command.shard()]);
    tell(entity(home, command.key()), command);
    return null;
  }

  /** Takes a message from the network, and that is all. */
  void lose(Object message) {
    take(message);
    deadlines.remove(message instanceof Suspend suspend ? suspend.key() : null);
  }

  private void take(Object message) {
    List<?> network = message instanceof OriginCommand ? toOrigin : toEntities;
    for (int i = 0; i < network.size(); i++) {
      if (network.get(i) == message) {
        network.remove(i);
        return;
      }
    }
  }

  /** Puts a message into the network that is there already, or comes from elsewhere. */
  void add(SuspensionCommand message) {
    toEntities.add(message);
  }

  private ActorRef<SuspensionCommand> entity(Part part, SuspensionKey key) {
    ActorRef<SuspensionCommand> known = part.entities.get(key);
    if (known == null) {
      Behavior<SuspensionCommand> entity = SuspendedQuery.create(key, part.shared);
      known = spawn(Behaviors.intercept(() -> new Ends(part.entities, key), entity));
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
    Part from = parts.get(localShards[shard]);
    parts.forEach(part -> part.early.handedOver(shard));
    List<SuspensionKey> there =
        new ArrayList<>(from.entities.keySet().stream().filter(k -> k.shard() == shard).toList());
    while (!there.isEmpty()) {
      ActorRef<SuspensionCommand> entity =
          from.entities.get(there.remove(random.nextInt(there.size())));
      if (entity != null) {
        tell(entity, Local.STOP);
      }
    }
  }

  /** Ends the move of a shard; only now the origin knows of it. */
  void arrive(int shard) {
    if (moving.remove(shard)) {
      localShards[shard] = 1 - localShards[shard];
      if (localShards[shard] == 0) {
        here.add(shard);
      } else {
        here.remove(shard);
      }
    }
  }

  /**
   * Lets time pass.
   *
   * @param paused whether all of it passes before anything that is due happens, as when the process
   *     stood still
   */
  void timePasses(Duration duration, boolean paused) {
    if (paused) {
      ahead = now() + duration.toNanos();
    }
    time.timePasses(duration);
  }

  List<PlayedInstance> instances() {
    return instances;
  }

  /** Has an instance tell a verdict to the router of a node, and give credits back. */
  void resume(PlayedInstance instance, int node, int credits, List<Resume> resumes) {
    tell(parts.get(node).router, new Resumes(instance.ref(), credits, resumes));
  }

  /** Has somebody tell a verdict who is no instance. */
  void resumeAsStranger(int node, Resume resume) {
    ActorRef<ToInstance> stranger = kit.system().<ToInstance>ignoreRef();
    tell(parts.get(node).router, new Resumes(stranger, 0, List.of(resume)));
  }

  /** Starts an instance; returns when both nodes know it. */
  void addInstance(int credits) {
    PlayedInstance instance = new PlayedInstance(this::spawn, SERVICE, credits);
    kit.system().receptionist().tell(Receptionist.register(INSTANCES, instance.ref()));
    awaitReceptionist();
    instances.add(instance);
  }

  /** Ends an instance; returns when nobody lists it any more. */
  void endInstance(PlayedInstance instance) {
    instances.remove(instance);
    // Were it to end first, word of it would come by two ways, in whatever order.
    kit.system().receptionist().tell(Receptionist.deregister(INSTANCES, instance.ref()));
    awaitReceptionist();
    tell(instance.ref(), PlayedInstance.Order.END);
  }

  /** Returns when the receptionist, on its own thread, has told the nodes what it has heard. */
  private void awaitReceptionist() {
    kit.system().receptionist().tell(Receptionist.find(INSTANCES, listings.ref()));
    listings.receiveMessage();
    StepExecutor.runAll();
  }

  void stop() {
    List.copyOf(instances).forEach(this::endInstance);
    tell(nursery, context -> Behaviors.stopped());
    listings.stop();
  }
}
