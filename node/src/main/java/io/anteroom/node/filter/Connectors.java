// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.ConnectorSettings;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.operation.OperationRunner;
import io.anteroom.node.operation.Operations;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.jspecify.annotations.Nullable;

/**
 * The connectors of a node, and the sockets and threads that are opened for them before the actors
 * start. A datagram connector has sockets and IDs that outlive a filter router, so it is one actor
 * for the life of the node. An HTTP connector, or that of operations, is one actor per filter
 * router.
 */
public final class Connectors {
  private final Map<Integer, Channel> receivers;
  private final Map<Integer, HttpLink> links;
  private final HttpThreads threads;
  private final Operations operations;

  private Connectors(
      Map<Integer, Channel> receivers,
      Map<Integer, HttpLink> links,
      HttpThreads threads,
      Operations operations) {
    this.receivers = receivers;
    this.links = links;
    this.threads = threads;
    this.operations = operations;
  }

  /**
   * Opens what the connectors of these services need. Blocks, so it must not be called from an
   * event loop.
   *
   * @param operations the runners of the operation services; closed by the caller
   * @throws IOException if something can't be opened, with a message for the operator; nothing is
   *     left open
   */
  public static Connectors open(
      Collection<FilterSettings> filters, EventLoop loop, Operations operations)
      throws IOException {
    HttpThreads threads = new HttpThreads();
    try {
      Map<Integer, HttpLink> links = new HashMap<>();
      for (FilterSettings filter : filters) {
        if (filter.connector() instanceof ConnectorSettings.Http http) {
          links.put(filter.asyncId(), HttpLink.open(http, threads.loop(), threads));
        }
      }
      return new Connectors(ConnectorSockets.open(filters, loop), links, threads, operations);
    } catch (IOException e) {
      threads.close();
      throw e;
    }
  }

  /**
   * The datagram connector of a service; null if the service has none. It serves no filter router
   * until it gets a {@link #serve} message.
   *
   * @param loop the event loop that it runs on
   */
  public @Nullable Behavior<ToInstance> datagrams(
      FilterService service, EventLoop loop, LongSupplier nanoTime, Random random) {
    if (!(service.settings().connector() instanceof ConnectorSettings.Datagram connector)) {
      return null;
    }
    Channel receiver = receivers.get(service.settings().asyncId());
    return DatagramConnector.create(service, connector, receiver, loop, nanoTime, random);
  }

  /** The message that makes a connector of {@link #datagrams} an instance of this filter router. */
  public static ToInstance serve(ActorRef<ToRouter> router) {
    return new DatagramConnector.Serve(router);
  }

  /**
   * The connector of a service that is one actor per filter router; null if the service has none.
   *
   * @param router the service's filter router, which it serves
   */
  public @Nullable Behavior<ToInstance> forRouter(
      FilterService service, ActorRef<ToRouter> router, LongSupplier nanoTime) {
    OperationRunner runner = operations.get(service.asyncId());
    if (runner != null) {
      return OperationConnector.create(service, runner, router, nanoTime);
    } else if (service.settings().connector() instanceof ConnectorSettings.Http http) {
      HttpLink link = Objects.requireNonNull(links.get(service.asyncId()));
      return HttpConnector.create(service, http, link, router, nanoTime);
    }
    return null;
  }

  /** Closes the HTTP connections and threads; no actor may use them any more. */
  public void close() {
    links.values().forEach(HttpLink::close);
    threads.close();
  }
}
