// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import io.anteroom.node.admin.AdminInterface;
import io.anteroom.node.admin.AdminParts;
import io.anteroom.node.listener.OpenSockets;
import io.anteroom.node.listener.OpenSockets.OpenSocket;
import io.anteroom.node.live.ConfigReloader;
import io.anteroom.node.membership.Membership;
import io.anteroom.node.membership.MembershipParts;
import io.anteroom.node.port.ClusterPort;
import io.anteroom.node.share.Shares;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.Done;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * Starts and connects the actors of a node that do not depend on its cluster; decides nothing. The
 * actors that do depend on it are in a {@link ClusterPart}.
 *
 * <p>The first event loop runs the shard region, its entities, the filter routers and embedded
 * filters. Each event loop runs its listeners and upstream pools.
 */
final class NodeGuardian {
  private static final Duration LOOK = Duration.ofMillis(50);

  private final ActorContext<Command> context;
  private final NodeParts parts;
  private final CompletableFuture<Void> ready;
  private final CompletableFuture<@Nullable InetSocketAddress> admin;
  private final ClusterPart.Current current;
  private final QueryPart queries;
  private final ActorRef<ConfigReloader.Command> reloader;
  private final ListenerStart answering;
  private @Nullable ActorRef<Membership.Command> membership;
  private volatile boolean leaving;

  /** A message to the guardian. */
  sealed interface Command extends NoSerializationVerificationNeeded {}

  private enum Tick implements Command {
    LOOK
  }

  /** Reloads the configuration; the future completes with the result, success or not. */
  record Reload(CompletableFuture<ConfigReloader.Reloaded> done) implements Command {}

  /** Starts the listener of a socket that was opened while the node runs. */
  private record Opened(OpenSocket socket) implements Command {}

  /** Drains the listeners; the future completes when they have finished their queries. */
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
    SecureRandom random = new SecureRandom();
    SharedPart shared = SharedPart.start(context, parts);
    FilterPart filters = FilterPart.start(context, parts, shared.purger()::tell, random);
    this.queries = QueryPart.start(context, parts, filters.suspender(), random);
    this.answering = new ListenerStart(parts, now(), this::listen);
    this.reloader = startReloader(filters, shared.shares());
    AdminParts seen = adminParts(filters, shared);
    try {
      startMembership(
          new ClusterPart.Shared(parts, filters, seen, current, random), shared.shares());
      startAdmin(seen);
    } catch (RuntimeException e) {
      admin.completeExceptionally(new NoMember(e));
    }
  }

  /**
   * Creates the guardian of a node.
   *
   * @param current holds the cluster part that is in use
   * @param ready completes when the node answers and can suspend
   * @param admin completes when the admin interface is open, with its address; fails if it can't be
   *     opened
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
                  NodeGuardian guardian = start(context, parts, current, ready, admin);
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

  private static NodeGuardian start(
      ActorContext<Command> context,
      NodeParts parts,
      ClusterPart.Current current,
      CompletableFuture<Void> ready,
      CompletableFuture<@Nullable InetSocketAddress> admin) {
    try {
      return new NodeGuardian(context, parts, current, ready, admin);
    } catch (RuntimeException e) {
      admin.completeExceptionally(new NoMember(e));
      throw e;
    }
  }

  private long now() {
    return parts.resources().nanoTime().getAsLong();
  }

  private void listen() {
    OpenSockets sockets = parts.network().sockets();
    sockets.all().forEach(queries::listen);
    sockets.follow(socket -> context.getSelf().tell(new Opened(socket)));
    sockets.watchCertificates();
  }

  private ActorRef<ConfigReloader.Command> startReloader(FilterPart filters, Shares shares) {
    return context.spawn(
        ConfigReloader.create(
            new ConfigReloader.Parts(
                parts.changeable(),
                parts.resources(),
                queries.pools(),
                filters.filters(),
                shares,
                parts.filters().policyHost())),
        "reloader",
        ConfigReloader.DISPATCHER);
  }

  private AdminParts adminParts(FilterPart filters, SharedPart shared) {
    return new AdminParts(
        new AdminParts.InCluster(
            parts.node(),
            () -> current.get().adminAgent(),
            () -> current.get().localShards().size(),
            () -> ready.isDone() && current.get().canSuspend() && !leaving),
        parts.filters().services(),
        parts.resources(),
        new AdminParts.Changes(shared.purger(), reloader, parts.changeable().reloads()),
        queries.tracer(filters.suspender()),
        queries.own(),
        () -> parts.live().local().size(),
        new AdminParts.Sockets(
            parts.network().sockets()::bound, parts.network().sockets()::certificates));
  }

  private void startMembership(ClusterPart.Shared shared, Shares shares) {
    ClusterPort port = parts.network().clusterPort();
    membership =
        context.spawn(
            Membership.create(
                new MembershipParts(
                    parts.name(),
                    parts.settings().cluster().seeds(),
                    ClusterPart.start(shared),
                    () -> ClusterPart.start(shared),
                    port::ask,
                    port::greetWith,
                    queries::moveSuspended,
                    shares),
                parts.resources().nanoTime()),
            "membership",
            Membership.DISPATCHER);
  }

  private void startAdmin(AdminParts seen) {
    AdminInterface.start(context, seen, parts.network().admin())
        .whenComplete(
            (address, failure) -> {
              if (failure == null) {
                admin.complete(address);
              } else {
                admin.completeExceptionally(failure);
              }
            });
  }

  private Behavior<Command> opened(Opened opened) {
    if (leaving) {
      opened.socket().channel().close();
    } else {
      queries.listen(opened.socket());
    }
    return Behaviors.same();
  }

  private Behavior<Command> look(TimerScheduler<Command> timers) {
    if (leaving) {
      return Behaviors.same();
    }
    boolean canSuspend = current.hasTakenOver() && current.get().canSuspend();
    if (answering.look(canSuspend, now()) && canSuspend) {
      ready.complete(null);
      timers.cancel(Tick.LOOK);
    }
    return Behaviors.same();
  }

  private Behavior<Command> reload(Reload reload) {
    ActorRef<ConfigReloader.Reloaded> replyTo =
        context.spawnAnonymous(
            Behaviors.receiveMessage(
                reloaded -> {
                  reload.done().complete(reloaded);
                  return Behaviors.stopped();
                }));
    reloader.tell(new ConfigReloader.Reload(replyTo));
    return Behaviors.same();
  }

  private Behavior<Command> drain(Drain drain) {
    leaving = true;
    parts.network().sockets().stopFollowing();
    if (membership != null) {
      current.get().prepareToLeave();
    }
    Duration atMost = parts.live().settings().drain();
    context.spawnAnonymous(Draining.create(queries.listeners(), atMost, drain.done()));
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
