// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.stream.SystemMaterializer;
import org.apache.pekko.stream.javadsl.Sink;
import org.jspecify.annotations.Nullable;

/**
 * Starts what an operator needs of a node: the desk that answers other nodes, and HTTP. All of it
 * runs on threads of its own. HTTP stays open while the node drains.
 */
public final class AdminInterface {
  /** Declared in this module's reference.conf, where HTTP is told to use it too. */
  public static final DispatcherSelector DISPATCHER =
      DispatcherSelector.fromConfig("anteroom.admin");

  private static final Duration LAST_ANSWERS = Duration.ofSeconds(1);

  private AdminInterface() {}

  /**
   * Starts both.
   *
   * @param access null for a node without HTTP
   * @return completes with the address that HTTP listens on, or null without it, or fails if it
   *     can't be opened
   */
  public static CompletionStage<@Nullable InetSocketAddress> start(
      ActorContext<?> context, AdminParts parts, @Nullable AdminAccess access) {
    ActorRef<AdminDesk.Command> desk =
        context.spawn(AdminDesk.create(parts), "admin-desk", DISPATCHER);
    if (access == null) {
      return CompletableFuture.completedFuture(null);
    }
    ActorSystem<?> system = context.getSystem();
    AdminRoutes routes =
        new AdminRoutes(system, parts, new Guard(access), desk, ready(system, parts));
    InetSocketAddress address = access.address();
    AdminConnections connections =
        new AdminConnections(
            routes.routes().handler(system),
            parts.counters(),
            parts.nanoTime(),
            SystemMaterializer.get(system).materializer());
    return Http.get(system)
        .newServerAt(address.getAddress().getHostAddress(), address.getPort())
        .connectionSource()
        .to(Sink.foreach(connections::take))
        .run(system)
        .thenApply(
            binding -> {
              lookForIdle(connections, system);
              closeAfterDraining(binding, connections, system);
              return binding.localAddress();
            });
  }

  private static void lookForIdle(AdminConnections connections, ActorSystem<?> system) {
    system
        .scheduler()
        .scheduleWithFixedDelay(
            AdminConnections.LOOK,
            AdminConnections.LOOK,
            connections::closeIdle,
            system.dispatchers().lookup(DISPATCHER));
  }

  private static BooleanSupplier ready(ActorSystem<?> system, AdminParts parts) {
    Cluster cluster = Cluster.get(system);
    return () ->
        cluster.selfMember().status().equals(MemberStatus.up())
            && parts.homes().size() > 0
            && !parts.homes().isLeaving();
  }

  private static void closeAfterDraining(
      ServerBinding binding, AdminConnections connections, ActorSystem<?> system) {
    CoordinatedShutdown.get(system)
        .addTask(
            CoordinatedShutdown.PhaseServiceStop(),
            "close-admin",
            () -> binding.unbind().thenCompose(done -> connections.end(LAST_ANSWERS)));
  }
}
