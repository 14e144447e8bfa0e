// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.ConnectorSettings;
import io.anteroom.node.config.FilterSettings;
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
 * The connectors of a node, with what has to be opened for them before there are actors. Those that
 * speak in datagrams have sockets and ids that outlive a router, so each is one actor for the
 * node's life; one that speaks HTTP is an actor for each router.
 */
public final class Connectors {
  private final Map<Integer, Channel> receivers;
  private final Map<Integer, HttpLink> links;
  private final HttpThreads threads;

  private Connectors(
      Map<Integer, Channel> receivers, Map<Integer, HttpLink> links, HttpThreads threads) {
    this.receivers = receivers;
    this.links = links;
    this.threads = threads;
  }

  /**
   * Opens what the connectors of these services need. To be called from a thread that may block,
   * not from an event loop.
   *
   * @throws IOException if something can't be opened, with a message for the operator; nothing is
   *     left open
   */
  public static Connectors open(Collection<FilterSettings> filters, EventLoop loop)
      throws IOException {
    HttpThreads threads = new HttpThreads();
    try {
      Map<Integer, HttpLink> links = new HashMap<>();
      for (FilterSettings filter : filters) {
        if (filter.connector() instanceof ConnectorSettings.Http http) {
          links.put(filter.asyncId(), HttpLink.open(http, threads.loop(), threads));
        }
      }
      return new Connectors(ConnectorSockets.open(filters, loop), links, threads);
    } catch (IOException e) {
      threads.close();
      throw e;
    }
  }

  /**
   * The connector of a service that speaks in datagrams; null for any other service. It serves no
   * router until it is told to.
   *
   * @param loop whose dispatcher it runs on
   */
  public @Nullable Behavior<ToInstance> datagrams(
      FilterService service, EventLoop loop, LongSupplier nanoTime, Random random) {
    if (!(service.settings().connector() instanceof ConnectorSettings.Datagram connector)) {
      return null;
    }
    Channel receiver = receivers.get(service.settings().asyncId());
    return DatagramConnector.create(service, connector, receiver, loop, nanoTime, random);
  }

  /** Tells a connector of {@link #datagrams} that it is an instance for this router now. */
  public static ToInstance serve(ActorRef<ToRouter> router) {
    return new DatagramConnector.Serve(router);
  }

  /**
   * The connector of a service that is asked over HTTP; null for any other service.
   *
   * @param router of the service, which it serves
   */
  public @Nullable Behavior<ToInstance> http(
      FilterService service, ActorRef<ToRouter> router, LongSupplier nanoTime) {
    if (!(service.settings().connector() instanceof ConnectorSettings.Http http)) {
      return null;
    }
    HttpLink link = Objects.requireNonNull(links.get(service.settings().asyncId()));
    return HttpConnector.create(service, http, link, router, nanoTime);
  }

  /** Closes what is spoken over HTTP, when no actor uses it any more. */
  public void close() {
    links.values().forEach(HttpLink::close);
    threads.close();
  }
}
