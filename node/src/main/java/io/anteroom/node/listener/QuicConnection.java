// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.config.IdentitySource;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Session;
import io.anteroom.node.listener.ExchangeListener.Asked;
import io.anteroom.node.listener.ExchangeListener.Gone;
import io.anteroom.node.net.Survival;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicPathEvent;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.handler.ssl.SniCompletionEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One QUIC connection, from its first packet on; confined to its event loop. Its client is the
 * address that it began from, until QUIC has validated a new one.
 *
 * <p>What a client can make the node hold is bounded: open streams by {@code max-pipelined}, unread
 * queries by the flow control of QUIC, unread answers by the {@link TcpBacklog}. A client that
 * cancels many more queries than it lets be answered loses the connection (compare CVE-2023-44487).
 */
final class QuicConnection extends ChannelInboundHandlerAdapter {
  /** A client may cancel fewer queries than this, and one more for each that is answered. */
  private static final int FREE_CANCELS = 100;

  /** The number of the next stream of the same kind (RFC 9000 section 2.1). */
  private static final int STREAMS_APART = 4;

  /** How long the last answer before a drain may take to its client. */
  private static final long LAST_ANSWER_NANOS = TimeUnit.MILLISECONDS.toNanos(150);

  private final QuicAcceptor acceptor;
  private final QuicChannel channel;
  private final Set<QuicExchange> waiting = new HashSet<>();
  private InetSocketAddress client;
  private Session session = Session.NONE;
  private TcpAdmission.@Nullable Seat seat;
  private @Nullable Future<?> timeout;
  private Phase phase = Phase.SHAKING;
  private long lastProgressNanos;
  private long answered;
  private long cancelled;
  private long unread;
  private long nextStream;

  private enum Phase {
    SHAKING,
    OPEN,
    OVER
  }

  QuicConnection(QuicAcceptor acceptor, QuicChannel channel) {
    this.acceptor = acceptor;
    this.channel = channel;
    this.client = (InetSocketAddress) channel.remoteSocketAddress();
  }

  InetSocketAddress client() {
    return client;
  }

  Session session() {
    return session;
  }

  QuicAcceptor acceptor() {
    return acceptor;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    acceptor.count(Counter.QUIC_CONNECTIONS);
    lastProgressNanos = acceptor.now();
    seat = acceptor.admit(channel, client.getAddress());
    if (seat == null) {
      acceptor.count(Counter.QUIC_REFUSED);
      phase = Phase.OVER;
      // Its first packet, which is processed after this, has the keys for an answer.
      context.executor().execute(() -> close(false, QuicErrors.CONNECTION_REFUSED));
      return;
    }
    acceptor.opened(this);
    timeout =
        context
            .executor()
            .schedule(
                () -> end(Counter.TLS_TIMEOUT, false, QuicErrors.CONNECTION_REFUSED),
                acceptor.handshakeMillis(),
                TimeUnit.MILLISECONDS);
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    if (phase == Phase.SHAKING) {
      cancelTimeout();
      if (acceptor.streams().protocol().equals(channel.sslEngine().getApplicationProtocol())) {
        phase = Phase.OPEN;
        acceptor.count(Counter.TLS_HANDSHAKES);
        progress();
        idleSeat();
      } else {
        end(Counter.TLS_NO_PROTOCOL, false, QuicErrors.NO_APPLICATION_PROTOCOL);
        return;
      }
    }
    context.fireChannelActive();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SniCompletionEvent name && name.hostname() != null) {
      String asked = name.hostname().toLowerCase(Locale.ROOT);
      if (IdentitySource.isHostName(asked)) {
        session = session.withServerName(asked);
      }
    } else if (event instanceof SslHandshakeCompletionEvent handshake && !handshake.isSuccess()) {
      over(Counter.TLS_FAILED);
    } else if (event instanceof QuicPathEvent.PeerMigrated migrated) {
      acceptor.count(Counter.QUIC_MIGRATED);
      client = migrated.remote();
    }
    context.fireUserEventTriggered(event);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    QuicStreamChannel stream = (QuicStreamChannel) message;
    if (stream.type() == QuicStreamType.BIDIRECTIONAL) {
      nextStream = Math.max(nextStream, stream.streamId() + STREAMS_APART);
    }
    if (!acceptor.streams().opened(this, stream)) {
      context.fireChannelRead(message);
    }
  }

  /** The listener drains: the queries that have come are still answered. */
  void stopTaking() {
    if (phase == Phase.OPEN) {
      acceptor.streams().stopTaking(channel, nextStream);
    }
  }

  /** Whether a query may still be taken. */
  boolean takes() {
    return phase == Phase.OPEN && !acceptor.isStopped();
  }

  /** Whether the client has as many queries in flight as it may, on all its connections. */
  boolean isFull() {
    return seat != null && !seat.mayTake();
  }

  /** A whole query has arrived on a stream. */
  void asked(QuicExchange exchange, byte[] query) {
    if (seat != null) {
      seat.took();
      if (waiting.isEmpty()) {
        seat.busy();
      }
    }
    waiting.add(exchange);
    progress();
    acceptor.tell(new Asked(exchange, query));
  }

  /** A query has ended, answered or not. */
  void ended(QuicExchange exchange) {
    var unused = stopsWaiting(exchange);
    answered++;
    progress();
  }

  /** A stream has ended before its query did. */
  void gone(QuicExchange exchange) {
    if (stopsWaiting(exchange)) {
      acceptor.tell(new Gone(exchange));
    }
    cutOff();
  }

  private boolean stopsWaiting(QuicExchange exchange) {
    boolean waited = waiting.remove(exchange);
    if (waited && seat != null) {
      seat.gave(1);
      if (waiting.isEmpty()) {
        idleSeat();
      }
    }
    return waited;
  }

  /** A stream has ended without an answer, because the client did not want it. */
  void cutOff() {
    if (phase == Phase.OPEN && channel.isActive()) {
      acceptor.count(Counter.QUIC_CANCELLED);
      if (++cancelled >= FREE_CANCELS + answered) {
        end(Counter.QUIC_EXCESSIVE, true, acceptor.streams().codes().excessive());
      }
    }
  }

  /** Takes note of an answer that has been written, until the client has room for it. */
  void written(int bytes, QuicStreamChannel stream, ChannelFuture future) {
    if (future.isDone()) {
      closeIfFailed(stream, future);
      return;
    }
    if (!holds(unread + bytes)) {
      end(Counter.QUIC_UNREAD, true, acceptor.streams().codes().excessive());
    }
    future.addListener(
        done -> {
          var unused = holds(unread - bytes);
          progress();
          closeIfFailed(stream, future);
        });
  }

  private static void closeIfFailed(QuicStreamChannel stream, ChannelFuture future) {
    // The client does not want the answer.
    if (!future.isSuccess() && stream.isActive()) {
      stream.close();
    }
  }

  private boolean holds(long bytes) {
    boolean granted = acceptor.backlog().change(unread, bytes);
    unread = bytes;
    return granted;
  }

  private void progress() {
    lastProgressNanos = acceptor.now();
  }

  private void idleSeat() {
    if (seat != null) {
      seat.idle(acceptor.now());
    }
  }

  /** The client has broken the rules of its protocol. */
  void broken() {
    end(Counter.QUIC_PROTOCOL_ERRORS, true, acceptor.streams().codes().broken());
  }

  /** Finds queries that the client does not want any more, and closes an idle connection. */
  void look(long nowNanos) {
    if (!waiting.isEmpty()) {
      for (QuicExchange exchange : List.copyOf(waiting)) {
        if (QuicStops.isStopped(exchange.stream())) {
          exchange.cancelled();
        }
      }
    }
    if (phase != Phase.OPEN || !waiting.isEmpty()) {
      return;
    }
    long idle = nowNanos - lastProgressNanos;
    if (acceptor.isStopped()) {
      if (idle >= LAST_ANSWER_NANOS && unread == 0) {
        finish();
      }
    } else if (idle >= acceptor.idleNanos()) {
      end(Counter.QUIC_IDLE, true, acceptor.streams().codes().done());
    }
  }

  /** Closes the connection, as the node ends. */
  void finish() {
    over(null);
    close(true, acceptor.streams().codes().done());
  }

  private void end(Counter why, boolean application, int code) {
    if (phase != Phase.OVER) {
      over(why);
      close(application, code);
    }
  }

  private void close(boolean application, int code) {
    channel.close(application, code, Unpooled.EMPTY_BUFFER);
  }

  private void over(@Nullable Counter why) {
    if (phase != Phase.OVER && why != null) {
      acceptor.count(why);
    }
    phase = Phase.OVER;
    cancelTimeout();
  }

  private void cancelTimeout() {
    if (timeout != null) {
      timeout.cancel(false);
      timeout = null;
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    over(phase == Phase.SHAKING ? Counter.TLS_ENDED_EARLY : null);
    context.fireChannelInactive();
  }

  /** The channel has closed; before its handshake, there is no other event that says so. */
  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    over(phase == Phase.SHAKING ? Counter.TLS_ENDED_EARLY : null);
    if (seat != null) {
      // Streams may end after their connection; then their queries count no more.
      seat.gave(waiting.size());
      acceptor.closed(this, seat);
      seat = null;
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Survival.endIfOutOfMemory(cause);
    if (phase == Phase.SHAKING) {
      over(Counter.TLS_FAILED);
    } else {
      // The codec closes the connection if it has to; a forged packet must not.
      acceptor.count(Counter.QUIC_UNREADABLE);
    }
  }
}
