// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.ConnectionLimits;
import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.listener.TcpIntake.Closed;
import io.anteroom.node.listener.TcpIntake.Happened;
import io.anteroom.node.listener.TcpIntake.Opened;
import io.anteroom.node.query.QueryProcessor;
import io.anteroom.node.wire.StreamOptions;
import io.anteroom.protocol.Transport;
import io.netty.channel.Channel;
import java.util.HashMap;
import java.util.Map;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * Receives queries from the TCP connections of one listening socket (RFC 7766), with or without TLS
 * (RFC 7858), which a {@link Front} adds. Connections are numbered, and every message about one has
 * its number, so that an answer to a query whose connection has closed is never sent on another
 * connection.
 */
final class TcpListener extends Listener {
  private final Channel server;
  private final Transport transport;
  private final String name;
  private final ConnectionLimits limits;
  private final TcpBacklog backlog;
  private final boolean shakesHands;
  private final Map<Long, Connection> connections = new HashMap<>();
  private final Map<Long, Connection> written = new HashMap<>();

  private TcpListener(
      ActorContext<OriginCommand> context,
      TimerScheduler<OriginCommand> timers,
      Channel server,
      ListenerSettings.OnTcp settings,
      QueryProcessor.Parts parts,
      TcpAcceptor acceptor) {
    super(
        context,
        timers,
        parts,
        server.eventLoop(),
        options(settings),
        settings.clients().identity());
    this.server = server;
    this.transport = settings.transport();
    this.name = settings.name();
    this.limits = settings.connections();
    this.backlog = acceptor.backlog();
    this.shakesHands = acceptor.front().shakesHands();
    acceptor.deliverTo(context.getSelf());
    server.config().setAutoRead(true);
  }

  /**
   * A listener on a bound socket that does not accept yet. It owns the socket and must run on the
   * dispatcher that is the socket's event loop.
   *
   * @param acceptor the handler of the socket's connections
   */
  static Behavior<OriginCommand> create(
      Channel server,
      ListenerSettings.OnTcp settings,
      QueryProcessor.Parts parts,
      TcpAcceptor acceptor) {
    return supervised(
        Behaviors.setup(
            context ->
                Behaviors.withTimers(
                    timers ->
                        new TcpListener(context, timers, server, settings, parts, acceptor))));
  }

  /** Padding hides the length of what is encrypted, so it is of use only then. */
  private static StreamOptions options(ListenerSettings.OnTcp settings) {
    return new StreamOptions(
        (int) (settings.connections().idleTimeout().toMillis() / 100),
        settings.transport() == Transport.TCP ? 0 : StreamOptions.RECOMMENDED_BLOCK);
  }

  @Override
  public Receive<OriginCommand> createReceive() {
    return common(
            newReceiveBuilder()
                .onMessage(Opened.class, this::onOpened)
                .onMessage(Happened.class, this::onHappened)
                .onMessage(Closed.class, this::onClosed))
        .onSignal(PostStop.class, signal -> then(this::closeAll))
        .build();
  }

  private Behavior<OriginCommand> onOpened(Opened opened) {
    count(Counter.TCP_CONNECTIONS);
    TcpAdmission.Seat seat = opened.seat();
    if (seat != null) {
      Connection connection =
          new Connection(opened.channel(), opened.intake(), seat, backlog, limits, now());
      if (!shakesHands) {
        connection.secured(now());
      }
      connections.put(opened.connection(), connection);
      opened.channel().config().setAutoRead(true);
    } else {
      count(Counter.TCP_REFUSED);
      opened.channel().close();
    }
    return this;
  }

  private void take(Connection connection, long number) {
    Client client = connection.client(transport, number, name);
    boolean held = connection.isHeld();
    if (!connection.take(query -> onPacket(query, client), now())) {
      count(Counter.TCP_BAD_LENGTH);
      end(connection, number);
    }
    if (!held && connection.isHeld()) {
      count(Counter.TCP_HELD);
    }
  }

  private Behavior<OriginCommand> onHappened(Happened happened) {
    Connection connection = connections.get(happened.connection());
    if (connection == null) {
      return this;
    }
    switch (happened.what()) {
      case READABLE, WRITABILITY_CHANGED -> take(connection, happened.connection());
      case INPUT_ENDED -> connection.inputEnded();
      case SECURED -> connection.secured(now());
      case TOO_MUCH -> {
        count(Counter.TCP_BACKLOG);
        end(connection, happened.connection());
      }
    }
    return this;
  }

  /**
   * Closes idle connections, reads from those again whose clients have fewer queries in flight, and
   * updates the backlog with what clients have read in the meantime.
   */
  @Override
  void look() {
    long now = now();
    long timeout = limits.idleTimeout().toNanos();
    Map.copyOf(connections)
        .forEach(
            (number, connection) -> {
              var unused = connection.countUnread();
              if (connection.isIdle(now, timeout)) {
                count(Counter.TCP_IDLE);
                end(connection, number);
              } else if (connection.isHeld()) {
                take(connection, number);
              }
            });
  }

  /**
   * Closes a connection, for which no query or answer counts from now on. With TLS, its channel may
   * take a second to close.
   */
  private void end(Connection connection, long number) {
    connection.close();
    if (connections.remove(number) != null) {
      connection.left();
      onConnectionClosed(number, connection.unanswered());
    }
  }

  private Behavior<OriginCommand> onClosed(Closed closed) {
    Connection connection = connections.get(closed.connection());
    if (connection != null) {
      end(connection, closed.connection());
    }
    return this;
  }

  @Override
  boolean send(Client client, byte[] message) {
    Connection connection = connections.get(client.connection());
    if (connection == null) {
      count(Counter.ANSWERS_CLIENT_GONE);
      return false;
    }
    if (connection.write(message, now())) {
      written.put(client.connection(), connection);
    } else {
      count(Counter.TCP_UNREAD);
      end(connection, client.connection());
    }
    return true;
  }

  @Override
  boolean forget(Client client) {
    Connection connection = connections.get(client.connection());
    if (connection == null) {
      return false;
    }
    connection.ended(now());
    take(connection, client.connection());
    return true;
  }

  @Override
  void flush() {
    Map<Long, Connection> toFlush = Map.copyOf(written);
    written.clear();
    toFlush.forEach(
        (number, connection) -> {
          connection.flush();
          take(connection, number);
        });
  }

  @Override
  void stopTaking() {
    server.close();
    connections.values().forEach(Connection::endInput);
  }

  private void closeAll() {
    server.close();
    connections.values().forEach(connection -> connection.channel().close());
  }
}
