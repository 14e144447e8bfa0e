// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import io.anteroom.node.admin.AdminInterface;
import io.anteroom.node.admin.AdminParts;
import io.anteroom.node.cache.Purger;
import io.anteroom.node.config.OwnListeners;
import io.anteroom.node.filter.EndedKeys;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.listener.OpenSockets;
import io.anteroom.node.listener.OpenSockets.OpenSocket;
import io.anteroom.node.listener.TcpListener;
import io.anteroom.node.listener.UdpListener;
import io.anteroom.node.live.LiveFilters;
import io.anteroom.node.live.PoolStarter;
import io.anteroom.node.live.Steward;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.query.Outlets;
import io.anteroom.node.query.QueryLog;
import io.anteroom.node.query.QueryProcessor;
import io.anteroom.node.query.Tracer;
import io.anteroom.node.rate.BlockKeeper;
import io.anteroom.node.rate.Limits;
import io.anteroom.node.suspend.HomeClaimer;
import io.anteroom.node.suspend.Suspender;
import io.anteroom.node.suspend.SuspensionRegion;
import io.anteroom.protocol.ToDispatcher;
import io.anteroom.protocol.sdk.FilterInstance;
import io.anteroom.protocol.sdk.MemberConfig;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.apache.pekko.Done;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.cluster.typed.JoinSeedNodes;
import org.jspecify.annotations.Nullable;

/**
 * Wires the actors of a node and joins its cluster; decides nothing.
 *
 * <p>On the first event loop run the shard region, its entities, the filter dispatchers and
 * embedded filters; on each loop its listeners and upstream pools.
 */
final class NodeGuardian {
  private static final LongSupplier CLOCK = System::nanoTime;
  private static final Duration LOOK = Duration.ofMillis(50);
  private static final DispatcherSelector FIRST = DispatcherSelector.fromConfig(EventLoops.FIRST);

  private final ActorContext<Command> context;
  private final NodeParts parts;
  private final CompletableFuture<Void> ready;
  private final CompletableFuture<@Nullable InetSocketAddress> admin;
  private final SecureRandom random = new SecureRandom();
  private final List<ActorRef<OriginCommand>> listeners = new ArrayList<>();
  private @Nullable ActorRef<Steward.Command> steward;

  /** What the node tells its guardian. */
  sealed interface Command extends NoSerializationVerificationNeeded {}

  private enum Tick implements Command {
    LOOK
  }

  /** Loads the configuration again; completes the future when it has been, or has not. */
  record Reload(CompletableFuture<Steward.Reloaded> done) implements Command {}

  /** Lets the listeners finish what they have taken; completes the future when they have. */
  record Drain(CompletableFuture<Done> done) implements Command {}

  private NodeGuardian(
      ActorContext<Command> context,
      NodeParts parts,
      CompletableFuture<Void> ready,
      CompletableFuture<@Nullable InetSocketAddress> admin) {
    this.context = context;
    this.parts = parts;
    this.ready = ready;
    this.admin = admin;
  }

  /**
   * The guardian of a node.
   *
   * @param ready completed when the node can suspend
   * @param admin completed when the admin interface is open, with its address, or can't be opened
   */
  static Behavior<Command> create(
      NodeParts parts,
      CompletableFuture<Void> ready,
      CompletableFuture<@Nullable InetSocketAddress> admin) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  NodeGuardian guardian = new NodeGuardian(context, parts, ready, admin);
                  guardian.start();
                  timers.startTimerWithFixedDelay(Tick.LOOK, LOOK);
                  return Behaviors.receive(Command.class)
                      .onMessage(Tick.class, tick -> guardian.look(timers))
                      .onMessage(Drain.class, guardian::drain)
                      .onMessage(Reload.class, guardian::reload)
                      .build();
                }));
  }

  private void start() {
    Consumer<SuspensionCommand> region = SuspensionRegion.sender(context.getSystem());
    EndedKeys ended = new EndedKeys();
    ActorRef<Purger.Command> purger =
        context.spawn(
            Purger.create(parts.cache(), parts.verdicts(), parts.counters(), CLOCK),
            "purger",
            AdminInterface.DISPATCHER);
    Map<Integer, ActorRef<ToDispatcher>> dispatchers = new ConcurrentHashMap<>();
    LiveFilters filters =
        new LiveFilters(
            parts.services(),
            dispatchers,
            parts.upstreams().keySet(),
            region,
            ended,
            purger::tell,
            CLOCK);
    filters.start(context);
    SuspensionRegion.start(
        context.getSystem(),
        parts.services(),
        dispatchers,
        parts.upstreams().keySet(),
        parts.homes(),
        ended,
        parts.counters(),
        CLOCK,
        EventLoops.FIRST);
    context.spawn(HomeClaimer.create(parts.homes(), region, random), "home-claimer");
    var suspender =
        new Suspender(
            parts.services().values(),
            parts.configuration().settings().maxSuspendedBytes(),
            parts.homes(),
            region,
            parts.verdicts(),
            random,
            CLOCK);
    PoolStarter pools =
        new PoolStarter(parts.loops(), parts.upstreams(), parts.counters(), CLOCK, random);
    pools.start(context, parts.live());
    QueryLog log = new QueryLog(parts.counters());
    startBlockKeeper();
    for (int loop = 0; loop < parts.loops().count(); loop++) {
      startLoop(loop, suspender, log);
    }
    dispatchers.forEach(this::startConnector);
    parts
        .embedded()
        .forEach(
            (asyncId, filter) ->
                context.spawn(
                    FilterInstance.create(asyncId, filter), "embedded-filter-" + asyncId, FIRST));
    ActorRef<Steward.Command> changes = startSteward(pools, filters, suspender);
    startAdmin(dispatchers, region, suspender, purger, changes);
    join();
  }

  private ActorRef<Steward.Command> startSteward(
      PoolStarter pools, LiveFilters filters, Suspender suspender) {
    var changed =
        new Steward.Parts(
            parts.live(),
            parts.configuration()::loadAgain,
            parts.book(),
            parts.configuration().rulesFile(),
            pools,
            filters,
            suspender,
            parts.cache(),
            parts.verdicts(),
            parts.limits(),
            parts.reloads(),
            parts.counters());
    steward = context.spawn(Steward.create(changed), "steward", Steward.DISPATCHER);
    return steward;
  }

  private void startBlockKeeper() {
    Limits limits = parts.limits();
    limits.keptBy(
        context.spawn(BlockKeeper.create(limits, parts.counters(), CLOCK), "block-keeper"));
  }

  private void startAdmin(
      Map<Integer, ActorRef<ToDispatcher>> dispatchers,
      Consumer<SuspensionCommand> region,
      Suspender suspender,
      ActorRef<Purger.Command> purger,
      ActorRef<Steward.Command> changes) {
    var seen =
        new AdminParts(
            parts.services(),
            dispatchers,
            region,
            suspender,
            parts.homes(),
            parts.counters(),
            parts.limits(),
            parts.upstreams(),
            parts.cache(),
            parts.verdicts(),
            purger,
            own(),
            () -> parts.live().local().size(),
            changes,
            parts.reloads(),
            tracer(),
            CLOCK);
    AdminInterface.start(context, seen, parts.admin())
        .whenComplete(
            (address, failure) -> {
              if (failure == null) {
                admin.complete(address);
              } else {
                admin.completeExceptionally(failure);
              }
            });
  }

  private Tracer tracer() {
    return new Tracer(
        new Tracer.Parts(
            parts.live()::acl,
            parts.limits(),
            parts.live()::rules,
            parts.live()::local,
            parts.cache(),
            parts.live().pools(0),
            parts.services(),
            CLOCK));
  }

  private OwnListeners own() {
    return new OwnListeners(
        parts.sockets().bound().stream().map(OpenSockets.Bound::address).toList());
  }

  private void startConnector(int asyncId, ActorRef<ToDispatcher> dispatcher) {
    FilterService service = Objects.requireNonNull(parts.services().get(asyncId));
    if (service.settings().connector() != null) {
      context.spawn(
          parts.connectors().connector(service, parts.loops().get(0), dispatcher, CLOCK, random),
          "connector-" + asyncId,
          FIRST);
    }
  }

  private void startLoop(int loop, Suspender suspender, QueryLog log) {
    DispatcherSelector here = DispatcherSelector.fromConfig(EventLoops.dispatcher(loop));
    var shared =
        new QueryProcessor.Parts(
            parts.live()::rules,
            parts.limits(),
            parts.live()::local,
            parts.cache(),
            parts.live().pools(loop),
            suspender,
            new Outlets(parts.loops().get(loop), log, own(), parts.counters()),
            parts.counters(),
            CLOCK);
    for (OpenSocket socket : parts.sockets().all()) {
      if (socket.loop() == loop) {
        startListener(socket, shared, here);
      }
    }
  }

  private void startListener(
      OpenSocket socket, QueryProcessor.Parts shared, DispatcherSelector here) {
    var acceptor = socket.acceptor();
    Behavior<OriginCommand> listener =
        acceptor == null
            ? UdpListener.create(
                socket.channel(), socket.settings().name(), shared, parts.sockets().acl())
            : TcpListener.create(socket.channel(), socket.settings(), shared, acceptor);
    String name = "listener-" + socket.settings().transport().word() + "-" + listeners.size();
    listeners.add(context.spawn(listener, name, here));
  }

  private void join() {
    Cluster cluster = Cluster.get(context.getSystem());
    List<String> seeds = parts.configuration().settings().cluster().seeds();
    cluster
        .manager()
        .tell(
            seeds.isEmpty()
                ? Join.create(cluster.selfMember().address())
                : new JoinSeedNodes(MemberConfig.seeds(seeds)));
  }

  private Behavior<Command> look(TimerScheduler<Command> timers) {
    boolean up = Cluster.get(context.getSystem()).selfMember().status().equals(MemberStatus.up());
    boolean filtersThere = parts.embedded().keySet().stream().allMatch(parts::isAvailable);
    if (up && parts.homes().size() > 0 && filtersThere) {
      ready.complete(null);
      timers.cancel(Tick.LOOK);
    }
    return Behaviors.same();
  }

  private Behavior<Command> reload(Reload reload) {
    ActorRef<Steward.Reloaded> replyTo =
        context.spawnAnonymous(
            Behaviors.receiveMessage(
                reloaded -> {
                  reload.done().complete(reloaded);
                  return Behaviors.stopped();
                }));
    Objects.requireNonNull(steward).tell(new Steward.Reload(replyTo));
    return Behaviors.same();
  }

  private Behavior<Command> drain(Drain drain) {
    parts.homes().leave();
    Duration atMost = parts.live().settings().drain();
    context.spawnAnonymous(Draining.create(listeners, atMost, drain.done()));
    return Behaviors.same();
  }
}
