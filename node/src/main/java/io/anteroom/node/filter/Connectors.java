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
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;

/** The connectors of a node, with what has to be opened for them before there are actors. */
public final class Connectors {
  private final Map<Integer, Channel> receivers;

  private Connectors(Map<Integer, Channel> receivers) {
    this.receivers = receivers;
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
    return new Connectors(ConnectorSockets.open(filters, loop));
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
