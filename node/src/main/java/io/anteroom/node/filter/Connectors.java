// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.ConnectorSettings;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.protocol.ToDispatcher;
import io.anteroom.protocol.ToInstance;
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

/** The connectors of a node, with what has to be opened for them before there are actors. */
public final class Connectors {
  private final Map<Integer, Channel> receivers;
  private final Map<Integer, HttpLink> links;

  private Connectors(Map<Integer, Channel> receivers, Map<Integer, HttpLink> links) {
    this.receivers = receivers;
    this.links = links;
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
    Map<Integer, HttpLink> links = new HashMap<>();
    for (FilterSettings filter : filters) {
      if (filter.connector() instanceof ConnectorSettings.Http http) {
        links.put(filter.asyncId(), HttpLink.open(filter.name(), http));
      }
    }
    return new Connectors(ConnectorSockets.open(filters, loop), links);
  }

  /**
   * The connector of a service that has one in its settings.
   *
   * @param loop whose dispatcher it runs on
   * @param dispatcher of its service on this node
   */
  public Behavior<ToInstance> connector(
      FilterService service,
      EventLoop loop,
      ActorRef<ToDispatcher> dispatcher,
      LongSupplier nanoTime,
      Random random) {
    FilterSettings settings = service.settings();
    ConnectorSettings connector = Objects.requireNonNull(settings.connector());
    if (connector instanceof ConnectorSettings.Http http) {
      HttpLink link = Objects.requireNonNull(links.get(settings.asyncId()));
      return HttpConnector.create(service, http, link, dispatcher, nanoTime);
    }
    return DatagramConnector.create(
        service,
        (ConnectorSettings.Datagram) connector,
        receivers.get(settings.asyncId()),
        loop,
        dispatcher,
        nanoTime,
        random);
  }
}
