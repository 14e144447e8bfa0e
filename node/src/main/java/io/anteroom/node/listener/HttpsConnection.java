// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Session;
import io.anteroom.node.net.Survival;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * What HTTPS connections have in common, whatever their version of HTTP. Runs on the event loop of
 * the connection, which is its listener's thread too.
 *
 * <p>All that is written in one turn of the event loop is flushed at its end. While the client does
 * not read, nothing is read from it. What it leaves unread and what it has sent in part counts for
 * the {@link TcpBacklog}.
 */
abstract class HttpsConnection extends ChannelInboundHandlerAdapter {
  /** How long a client may take to read the last bytes before its connection is closed. */
  private static final long LAST_WORDS_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Above this, what has been written is flushed before the end of the turn. */
  private static final int MAX_TURN = 64 << 10;

  private static final int LEAST_TURN = 512;

  final HttpsParts parts;
  private final ActorRef<OriginCommand> listener;
  private final TcpAdmission.Seat seat;
  private final long timeoutNanos;
  private @Nullable ChannelHandlerContext context;
  private @Nullable InetSocketAddress address;
  private Session session = Session.NONE;
  private @Nullable ByteBuf out;
  private boolean written;
  private long unread;
  private int kept;
  private int inFlight;
  private boolean progress = true;
  private long lastProgressNanos;
  private boolean over;
  private boolean overSeen;
  private long overSinceNanos;

  HttpsConnection(HttpsParts parts, ActorRef<OriginCommand> listener, TcpAdmission.Seat seat) {
    this.parts = parts;
    this.listener = listener;
    this.seat = seat;
    this.timeoutNanos = parts.settings().connections().idleTimeout().toNanos();
  }

  @Override
  public final void handlerAdded(ChannelHandlerContext added) {
    context = added;
    address = Introduction.client(added.channel());
    session = Introduction.session(added.channel());
    begin();
    flush();
  }

  /** The first bytes, if the server has to send some. */
  abstract void begin();

  final ChannelHandlerContext context() {
    return java.util.Objects.requireNonNull(context, "not added yet");
  }

  final InetSocketAddress address() {
    return java.util.Objects.requireNonNull(address, "not added yet");
  }

  /** What the client has told about itself, with this path. */
  final Session session(String path) {
    if (!session.path().equals(path)) {
      session = session.withPath(path);
    }
    return session;
  }

  /** The client has done something that it need not do at once again. */
  final void progressed() {
    progress = true;
  }

  /** Whether the client may have another query in flight; if not, it is refused. */
  final boolean mayAsk() {
    return seat.mayTake();
  }

  /** Passes a query on. */
  final void ask(Exchange exchange, byte[] query) {
    progress = true;
    seat.took();
    if (inFlight++ == 0) {
      seat.busy();
    }
    listener.tell(new ExchangeListener.Asked(exchange, query));
  }

  /** A query that was asked has its answer, or gets none. */
  final void ended() {
    progress = true;
    seat.gave(1);
    if (--inFlight == 0) {
      seat.idle(System.nanoTime());
    }
  }

  /** Nobody waits for the answer of this query any more, which had been asked. */
  final void gone(Exchange exchange) {
    listener.tell(new ExchangeListener.Gone(exchange));
    ended();
  }

  final int inFlight() {
    return inFlight;
  }

  /** Whether the connection does nothing any more but send its last bytes. */
  final boolean isOver() {
    return over;
  }

  /** Room to write at least this many bytes, which {@link #flush} sends. */
  final ByteBuf out(int room) {
    ByteBuf writing = out;
    if (writing != null && writing.readableBytes() + room > MAX_TURN) {
      send(writing);
      writing = null;
    }
    if (writing == null) {
      writing = context().alloc().directBuffer(Math.max(room, LEAST_TURN));
      out = writing;
    }
    return writing;
  }

  /**
   * Ends a record of TLS, so that each has one response at most. Some clients, dnsperf among them,
   * take only one response of what they read at once.
   */
  final void endRecord() {
    ByteBuf record = out;
    if (record != null) {
      out = null;
      written = true;
      context().write(record, context().voidPromise());
    }
  }

  private void send(ByteBuf last) {
    out = null;
    written = false;
    context().writeAndFlush(last, context().voidPromise());
  }

  /** Sends answers, which are those of one turn for the first call, and for the others none. */
  final void flushAnswers() {
    if (out != null || written) {
      flush();
    }
  }

  /**
   * Sends what has been written, and closes the connection if the client leaves too much unread.
   */
  final void flush() {
    ByteBuf last = out;
    if (last != null) {
      send(last);
    } else if (written) {
      written = false;
      context().flush();
    }
    if (!countUnread() && !over) {
      parts.count(Counter.TCP_UNREAD);
      close();
    }
  }

  private boolean countUnread() {
    ChannelOutboundBuffer buffer = context().channel().unsafe().outboundBuffer();
    long now = buffer == null ? 0 : buffer.totalPendingWriteBytes() + unsent();
    boolean granted = parts.backlog().change(unread, now);
    unread = now;
    return granted;
  }

  /** Bytes of answers that can't be written yet, because of the client. */
  abstract long unsent();

  /** Updates the bytes that are kept of requests; closes the connection if they are too many. */
  final void keeps(int bytes) {
    boolean granted = parts.backlog().change(kept, bytes);
    kept = bytes;
    if (!granted && !over) {
      parts.count(Counter.TCP_BACKLOG);
      close();
    }
  }

  @Override
  public final void channelReadComplete(ChannelHandlerContext unused) {
    flush();
  }

  @Override
  public final void channelWritabilityChanged(ChannelHandlerContext unused) {
    readIfAllowed();
  }

  /** Reads more from the client if it reads its answers, and the version of HTTP allows it. */
  final void readIfAllowed() {
    boolean allowed = over || (context().channel().isWritable() && mayRead());
    if (context().channel().config().isAutoRead() != allowed) {
      context().channel().config().setAutoRead(allowed);
    }
  }

  abstract boolean mayRead();

  @Override
  public final void userEventTriggered(ChannelHandlerContext unused, Object event) {
    if (event instanceof ChannelInputShutdownEvent && !over) {
      inputEnded();
    }
  }

  /** The client sends nothing more. */
  abstract void inputEnded();

  /** Takes no more requests; the connection is closed when those in progress have been answered. */
  abstract void stopTaking();

  /** Closes the connection if it has been idle for too long; called ten times a second. */
  final void look(long nowNanos) {
    if (over) {
      lookAtEnd(nowNanos);
      return;
    }
    if (progress) {
      progress = false;
      lastProgressNanos = nowNanos;
    }
    boolean itsTurn = inFlight == 0 || !context().channel().isWritable() || unsent() > 0;
    if ((itsTurn && nowNanos - lastProgressNanos >= timeoutNanos)
        || isStuck(nowNanos, timeoutNanos)) {
      parts.count(Counter.TCP_IDLE);
      sayGoodbye();
      end();
    } else {
      flush();
    }
  }

  /** Whether the client has begun something and not finished it in time. */
  abstract boolean isStuck(long nowNanos, long timeoutNanos);

  /** Tells the client that the connection ends, if there is a way. */
  abstract void sayGoodbye();

  private void lookAtEnd(long nowNanos) {
    if (!overSeen) {
      overSeen = true;
      overSinceNanos = nowNanos;
    } else if (nowNanos - overSinceNanos >= LAST_WORDS_NANOS) {
      context().close();
    }
  }

  /** Ends the connection: what has been written is still sent, for a second at most. */
  final void end() {
    giveUp();
    flush();
    context().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  /**
   * Ends the connection while the client may still be sending: what comes is read, so that it gets
   * what has been written, until it closes the connection or a second has passed.
   */
  final void linger() {
    giveUp();
    flush();
    readIfAllowed();
  }

  /** Closes the connection at once. */
  final void close() {
    giveUp();
    context().close();
  }

  private void giveUp() {
    if (!over) {
      over = true;
      abandon();
      keeps(0);
    }
  }

  /** Gives up all requests; for each query in flight, {@link #gone} must be called. */
  abstract void abandon();

  @Override
  public final void channelInactive(ChannelHandlerContext unused) {
    giveUp();
    ByteBuf written = out;
    out = null;
    if (written != null) {
      written.release();
    }
    parts.backlog().change(unread, 0);
    unread = 0;
  }

  @Override
  public final void exceptionCaught(ChannelHandlerContext unused, Throwable cause) {
    Survival.endIfOutOfMemory(cause);
    if (!(cause instanceof IOException)) {
      Survival.survive(cause);
    }
    // A reset or a failed write, or a bug; the connection can't be used any more.
    close();
  }
}
