// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import io.anteroom.node.admin.AdminInterface;
import io.anteroom.node.admin.AdminParts;
import io.anteroom.node.cache.Purger;
import io.anteroom.node.config.ClusterSettings;
import io.anteroom.node.config.OwnListeners;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.listener.Listener;
import io.anteroom.node.listener.OpenSockets;
import io.anteroom.node.listener.OpenSockets.OpenSocket;
import io.anteroom.node.live.Dispatchers;
import io.anteroom.node.live.LiveFilters;
import io.anteroom.node.live.PoolStarter;
import io.anteroom.node.live.Steward;
import io.anteroom.node.membership.Membership;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.query.Outlets;
import io.anteroom.node.query.QueryLog;
import io.anteroom.node.query.QueryProcessor;
import io.anteroom.node.query.Tracer;
import io.anteroom.node.rate.BlockKeeper;
import io.anteroom.node.rate.Limits;
import io.anteroom.node.share.Shares;
import io.anteroom.node.suspend.Suspender;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.ToInstance;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;
import org.apache.pekko.Done;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * Wires the actors of a node that go on whatever its cluster; decides nothing. What it is a member
 * of a cluster with is a {@link ClusterPart}.
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

  /** Also read by the thread of the membership. */
  private final List<ActorRef<OriginCommand>> listeners = new CopyOnWriteArrayList<>();

  private final List<QueryProcessor.Parts> loopParts = new ArrayList<>();
  private final Shares shares = new Shares();
  private final ClusterPart.Current current;
  private @Nullable ActorRef<Steward.Command> steward;
  private @Nullable ActorRef<Membership.Command> membership;
  private @Nullable Opening answering;
  private volatile boolean leaving;

  /** What the node tells its guardian. */
  sealed interface Command extends NoSerializationVerificationNeeded {}

  private enum Tick implements Command {
    LOOK
  }

  /** Loads the configuration again; completes the future when it has been, or has not. */
  record Reload(CompletableFuture<Steward.Reloaded> done) implements Command {}

  /** Starts the listener of a socket that was opened while the node runs. */
  private record Opened(OpenSocket socket) implements Command {}

  /** Lets the listeners finish what they have taken; completes the future when they have. */
  record Drain(CompletableFuture<Done> done) implements Command {}

  /** Leaves the cluster; completes the future when that is done. */
  record Leave(CompletableFuture<Done> left) implements Command {}

  private NodeGuardian(
      ActorContext<Command> context,
      NodeParts parts,
      ClusterPart.Current current,
      CompletableFuture<Void> ready,
      CompletableFuture<@Nullable InetSocketAddress> admin) {
    this.context = context;
    this.parts = parts;
    this.current = current;
    this.ready = ready;
    this.admin = admin;
  }

  /**
   * The guardian of a node.
   *
   * @param current is told which part in a cluster is used
   * @param ready completed when the node can suspend
   * @param admin completed when the admin interface is open, with its address, or can't be opened
   */
  static Behavior<Command> create(
      NodeParts parts,
      ClusterPart.Current current,
      CompletableFuture<Void> ready,
      CompletableFuture<@Nullable InetSocketAddress> admin) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  NodeGuardian guardian = new NodeGuardian(context, parts, current, ready, admin);
                  guardian.start();
                  timers.startTimerWithFixedDelay(Tick.LOOK, LOOK);
                  return Behaviors.receive(Command.class)
                      .onMessage(Tick.class, tick -> guardian.look(timers))
                      .onMessage(Opened.class, guardian::opened)
                      .onMessage(Drain.class, guardian::drain)
                      .onMessage(Leave.class, guardian::leave)
                      .onMessage(Reload.class, guardian::reload)
                      .build();
                }));
  }

  private void start() {
    ActorRef<Purger.Command> purger =
        context.spawn(
            Purger.create(parts.cache(), parts.verdicts(), shares, parts.counters(), CLOCK),
            "purger",
            AdminInterface.DISPATCHER);
    LiveFilters filters = new LiveFilters(parts.services());
    var suspender =
        new Suspender(
            parts.services(),
            parts.configuration().settings().maxSuspendedBytes(),
            parts.verdicts(),
            random,
            CLOCK);
    PoolStarter pools =
        new PoolStarter(parts.loops(), parts.upstreams(), parts.counters(), CLOCK, random);
    pools.start(context, parts.live());
    startBlockKeeper();
    QueryLog log = new QueryLog(parts.counters());
    OwnListeners own = own();
    for (int loop = 0; loop < parts.loops().count(); loop++) {
      loopParts.add(
          loopParts(
              loop, suspender, new Outlets(parts.loops().get(loop), log, own, parts.counters())));
    }
    answering =
        new Opening(
            parts,
            CLOCK.getAsLong(),
            () -> {
              parts.sockets().all().forEach(this::startListener);
              parts.sockets().follow(socket -> context.getSelf().tell(new Opened(socket)));
            });
    startConnectors();
    ActorRef<Steward.Command> changes = startSteward(pools, filters);
    AdminParts seen = adminParts(suspender, purger, changes);
    var shared =
        new ClusterPart.Shared(
            parts,
            filters,
            new Dispatchers.Node(
                parts.services(),
                parts.upstreams().keySet(),
                parts.connectors(),
                purger::tell,
                CLOCK),
            suspender,
            seen,
            current,
            random,
            CLOCK);
    try {
      startMembership(shared);
      startAdmin(seen);
    } catch (RuntimeException e) {
      admin.completeExceptionally(new NoMember(e));
    }
  }

  private void startMembership(ClusterPart.Shared shared) {
    ClusterSettings cluster = parts.configuration().settings().cluster();
    membership =
        context.spawn(
            Membership.create(
                new Membership.Parts(
                    name(),
                    cluster.seeds(),
                    ClusterPart.start(shared),
                    () -> ClusterPart.start(shared),
                    parts.clusterPort()::ask,
                    parts.clusterPort()::greetWith,
                    () -> listeners.forEach(listener -> listener.tell(Listener.Order.MOVE)),
                    shares),
                CLOCK),
            "membership",
            Membership.DISPATCHER);
  }

  private void startConnectors() {
    for (FilterService service : parts.services().all()) {
      Behavior<ToInstance> connector =
          parts.connectors().datagrams(service, parts.loops().get(0), CLOCK, random);
      if (connector != null) {
        service.connectBy(context.spawn(connector, "connector-" + service.asyncId(), FIRST));
      }
    }
  }

  private ActorRef<Steward.Command> startSteward(PoolStarter pools, LiveFilters filters) {
    var changed =
        new Steward.Parts(
            parts.live(),
            parts.configuration()::loadAgain,
            parts.book(),
            parts.configuration().rulesFile(),
            shares,
            pools,
            filters,
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
        context.spawn(
            BlockKeeper.create(name(), limits, shares, parts.counters(), CLOCK), "block-keeper"));
  }

  /** The name of this node: where other members know it, as {@code host:port}. */
  private String name() {
    return node().getHost().orElseThrow() + ":" + node().getPort().orElseThrow();
  }

  private Address node() {
    String host = parts.configuration().settings().cluster().host();
    return new Address("pekko", FilterKeys.SYSTEM, host, parts.memberPort());
  }

  private AdminParts adminParts(
      Suspender suspender, ActorRef<Purger.Command> purger, ActorRef<Steward.Command> changes) {
    return new AdminParts(
        node(),
        () -> current.get().desk(),
        () -> current.get().homes().size(),
        () -> ready.isDone() && current.get().canSuspend() && !leaving,
        parts.services(),
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
        tracer(suspender),
        CLOCK);
  }

  private void startAdmin(AdminParts seen) {
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

  private Tracer tracer(Suspender suspender) {
    return new Tracer(
        new Tracer.Parts(
            parts.live()::acl,
            parts.limits(),
            parts.live()::rules,
            parts.live()::local,
            parts.cache(),
            parts.live().pools(0),
            suspender,
            CLOCK));
  }

  private OwnListeners own() {
    return new OwnListeners(
        () -> parts.sockets().bound().stream().map(OpenSockets.Bound::address).toList());
  }

  private QueryProcessor.Parts loopParts(int loop, Suspender suspender, Outlets outlets) {
    return new QueryProcessor.Parts(
        parts.live()::rules,
        parts.limits(),
        parts.live()::local,
        parts.cache(),
        parts.live().pools(loop),
        suspender,
        outlets,
        parts.counters(),
        CLOCK);
  }

  private Behavior<Command> opened(Opened opened) {
    if (leaving) {
      opened.socket().channel().close();
    } else {
      startListener(opened.socket());
    }
    return Behaviors.same();
  }

  private void startListener(OpenSocket socket) {
    DispatcherSelector here = DispatcherSelector.fromConfig(EventLoops.dispatcher(socket.loop()));
    Behavior<OriginCommand> listener = socket.listener().apply(loopParts.get(socket.loop()));
    String name = "listener-" + socket.settings().transport().word() + "-" + listeners.size();
    listeners.add(context.spawn(listener, name, here));
  }

  private Behavior<Command> look(TimerScheduler<Command> timers) {
    if (leaving) {
      return Behaviors.same();
    }
    boolean canSuspend = current.hasTakenOver() && current.get().canSuspend();
    if (Objects.requireNonNull(answering).look(canSuspend, CLOCK.getAsLong()) && canSuspend) {
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
    leaving = true;
    parts.sockets().stopFollowing();
    current.get().prepareToLeave();
    Duration atMost = parts.live().settings().drain();
    context.spawnAnonymous(Draining.create(listeners, atMost, drain.done()));
    return Behaviors.same();
  }

  private Behavior<Command> leave(Leave leave) {
    if (membership == null) {
      leave.left().complete(Done.getInstance());
    } else {
      membership.tell(new Membership.Leave(leave.left()));
    }
    return Behaviors.same();
  }

  /** The node can't be a member of any cluster; the message is for the operator. */
  static final class NoMember extends RuntimeException {
    private static final long serialVersionUID = 1;

    NoMember(RuntimeException cause) {
      super(cause.getMessage(), cause);
    }
  }
}
