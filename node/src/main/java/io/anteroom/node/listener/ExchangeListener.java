// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.query.QueryProcessor;
import io.anteroom.node.wire.StreamOptions;
import io.netty.channel.Channel;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/**
 * Receives the queries of one listening socket whose transport has a stream or request for each:
 * HTTPS and QUIC. To the rest of the node each is a connection with one query, so that the end of a
 * stream frees what waited for it and nothing else.
 */
final class ExchangeListener extends Listener {
  /** 2 to the power of 64, divided by the golden ratio; odd, so that no two numbers get one key. */
  private static final long SPREAD = 0x9e3779b97f4a7c15L;

  private final Channel server;
  private final ListenerSettings settings;
  private final ExchangeAcceptor acceptor;

  /** Those in flight, by their {@link #key}. */
  private final LongObjectMap<Exchange> exchanges = new LongObjectHashMap<>();

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
    exchange.setNumber(number);
    exchanges.put(key(number), exchange);
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
    long number = exchange.number();
    if (exchanges.remove(key(number)) != null) {
      onConnectionClosed(number, 1);
    }
  }

  /**
   * The key of a number in the map. Netty's map puts a key into the place that its lowest bits say,
   * and looks, on each removal, at all places behind it up to the next free one. Numbers in
   * sequence leave none free between them: a removal would pass over all queries in flight.
   */
  private static long key(long number) {
    return number * SPREAD;
  }

  @Override
  boolean send(Client client, byte[] message) {
    Exchange exchange = exchanges.remove(key(client.connection()));
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
    Exchange exchange = exchanges.remove(key(client.connection()));
    if (exchange == null) {
      return false;
    }
    exchange.none();
    exchange.flush();
    return true;
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
