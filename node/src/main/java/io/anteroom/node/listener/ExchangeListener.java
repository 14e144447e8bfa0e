// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.query.QueryProcessor;
import io.anteroom.node.wire.StreamOptions;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * Receives the queries of one listening socket whose transport has a stream or request for each:
 * HTTPS and QUIC. To the rest of the node each is a connection with one query, so that the end of a
 * stream frees what waited for it and nothing else.
 */
final class ExchangeListener extends Listener {
  private final Channel server;
  private final ListenerSettings settings;
  private final ExchangeAcceptor acceptor;
  private final Map<Long, Exchange> exchanges = new HashMap<>();
  private final Map<Exchange, Long> numbers = new HashMap<>();
  private final Set<Exchange> written = new LinkedHashSet<>();
  private long last;

  /** Messages of connections to their listener. */
  sealed interface Message extends OriginCommand, NoSerializationVerificationNeeded {}

  /** A query has arrived. */
  record Asked(Exchange exchange, byte[] query) implements Message {}

  /** The client has gone, or has cancelled its query; nothing more is written. */
  record Gone(Exchange exchange) implements Message {}

  private ExchangeListener(
      ActorContext<OriginCommand> context,
      TimerScheduler<OriginCommand> timers,
      Channel server,
      ListenerSettings settings,
      QueryProcessor.Parts parts,
      ExchangeAcceptor acceptor) {
    super(context, timers, parts, server.eventLoop(), options(), settings.clients().identity());
    this.server = server;
    this.settings = settings;
    this.acceptor = acceptor;
    acceptor.deliverTo(context.getSelf());
    server.config().setAutoRead(true);
  }

  /**
   * A listener on a bound socket that does not accept yet. It owns the socket and must run on the
   * dispatcher that is the socket's event loop.
   *
   * @param acceptor of the socket's connections
   */
  static Behavior<OriginCommand> create(
      Channel server,
      ListenerSettings settings,
      QueryProcessor.Parts parts,
      ExchangeAcceptor acceptor) {
    return supervised(
        Behaviors.setup(
            context ->
                Behaviors.withTimers(
                    timers ->
                        new ExchangeListener(context, timers, server, settings, parts, acceptor))));
  }

  /** These transports have their own idle timeouts: the EDNS option is of TCP (RFC 7828). */
  private static StreamOptions options() {
    return new StreamOptions(0, StreamOptions.RECOMMENDED_BLOCK);
  }

  @Override
  public Receive<OriginCommand> createReceive() {
    return common(
            newReceiveBuilder()
                .onMessage(Asked.class, m -> then(() -> onAsked(m)))
                .onMessage(Gone.class, m -> then(() -> onGone(m.exchange()))))
        .onSignal(PostStop.class, signal -> then(this::closeAll))
        .build();
  }

  private void onAsked(Asked asked) {
    long number = ++last;
    Exchange exchange = asked.exchange();
    exchanges.put(number, exchange);
    numbers.put(exchange, number);
    onPacket(
        asked.query(),
        new Client(
            exchange.client(),
            settings.transport(),
            number,
            settings.name(),
            System.nanoTime(),
            exchange.session()));
  }

  private void onGone(Exchange exchange) {
    Long number = numbers.remove(exchange);
    if (number != null) {
      exchanges.remove(number);
      onConnectionClosed(number, 1);
    }
  }

  @Override
  boolean send(Client client, byte[] message) {
    Exchange exchange = end(client);
    if (exchange == null) {
      count(Counter.ANSWERS_CLIENT_GONE);
      return false;
    }
    exchange.answer(message);
    written.add(exchange);
    return true;
  }

  @Override
  boolean forget(Client client) {
    Exchange exchange = end(client);
    if (exchange == null) {
      return false;
    }
    exchange.none();
    exchange.flush();
    return true;
  }

  private @Nullable Exchange end(Client client) {
    Exchange exchange = exchanges.remove(client.connection());
    if (exchange != null) {
      numbers.remove(exchange);
    }
    return exchange;
  }

  @Override
  void flush() {
    List<Exchange> toFlush = new ArrayList<>(written);
    written.clear();
    toFlush.forEach(Exchange::flush);
  }

  @Override
  void look() {
    acceptor.look(now());
  }

  @Override
  void stopTaking() {
    closeSocket();
    acceptor.stopTaking();
  }

  private void closeAll() {
    closeSocket();
    acceptor.closeAll();
  }

  private void closeSocket() {
    if (!acceptor.sharesSocket()) {
      server.close();
    }
  }
}
