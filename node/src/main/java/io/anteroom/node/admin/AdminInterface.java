// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.IncomingConnection;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.javadsl.Sink;
import org.jspecify.annotations.Nullable;

/**
 * Starts the HTTP interface for operators, on threads of its own. It stays open while the node
 * drains.
 */
public final class AdminInterface {
  /** Declared in this module's reference.conf, which also configures Pekko HTTP to use it. */
  public static final DispatcherSelector DISPATCHER =
      DispatcherSelector.fromConfig("anteroom.admin");

  private AdminInterface() {}

  /**
   * Starts the interface.
   *
   * @param access null for a node without HTTP
   * @return completes with the listening address, or null without HTTP; fails if it can't bind
   */
  public static CompletionStage<@Nullable InetSocketAddress> start(
      ActorContext<?> context, AdminParts parts, @Nullable AdminAccess access) {
    if (access == null) {
      return CompletableFuture.completedFuture(null);
    }
    ActorSystem<?> system = context.getSystem();
    AdminRoutes routes = new AdminRoutes(system, parts, new Guard(access));
    InetSocketAddress address = access.address();
    Materializer materializer = Materializer.createMaterializer(system);
    AdminConnections connections =
        new AdminConnections(
            routes.routes().function(system), materializer, parts.resources().counters());
    return Http.get(system)
        .newServerAt(address.getAddress().getHostAddress(), address.getPort())
        .connectionSource()
        .to(
            Sink.foreach(
                connection -> {
                  if (isOfItsFamily(address.getAddress(), connection)) {
                    connections.accept(connection);
                  } else {
                    connections.refuse(connection);
                  }
                }))
        .run(materializer)
        .thenApply(
            binding -> {
              closeAfterDraining(binding, connections, system);
              return binding.localAddress();
            });
  }

  /**
   * The JDK's socket for 0.0.0.0 also accepts IPv6 connections, which the configuration does not
   * allow.
   */
  private static boolean isOfItsFamily(InetAddress listener, IncomingConnection connection) {
    return !(listener instanceof Inet4Address)
        || connection.remoteAddress().getAddress() instanceof Inet4Address;
  }

  private static void closeAfterDraining(
      ServerBinding binding, AdminConnections connections, ActorSystem<?> system) {
    CoordinatedShutdown.get(system)
        .addTask(
            CoordinatedShutdown.PhaseServiceStop(),
            "close-admin",
            () ->
                binding
                    .unbind()
                    .thenApply(
                        unbound -> {
                          connections.close();
                          return Done.getInstance();
                        }));
  }
}
