// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Session;
import io.anteroom.node.net.Survival;
import io.anteroom.node.wire.WireQuery;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.quic.DefaultQuicStreamFrame;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamFrame;
import java.net.InetSocketAddress;

/**
 * One stream of DNS over QUIC (RFC 9250 section 4.2): a query behind its length, and the end of the
 * stream; then the answer in the same form. A client that sends anything else loses its connection
 * (section 4.3.3), so nothing here has to find the start of the next message.
 */
final class DoqStream extends ChannelInboundHandlerAdapter implements QuicExchange {
  /** Length of the DNS header (RFC 1035 section 4.1.1); a shorter message is none. */
  private static final int MIN_QUERY = 12;

  private static final int TCP_KEEPALIVE = 11;
  private static final byte[] NOTHING = {};

  private final QuicConnection connection;
  private final QuicStreamChannel stream;
  private byte[] query = NOTHING;
  private int length;
  private int received;
  private long number;
  private Phase phase = Phase.READING;

  private enum Phase {
    READING,
    WAITING,
    OVER
  }

  DoqStream(QuicConnection connection, QuicStreamChannel stream) {
    this.connection = connection;
    this.stream = stream;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    QuicStreamFrame frame = (QuicStreamFrame) message;
    try {
      if (phase == Phase.READING && (!take(frame.content()) || (frame.hasFin() && !finish()))) {
        phase = Phase.OVER;
        connection.broken();
      }
    } finally {
      frame.release();
    }
  }

  /** Takes bytes of the stream; false if they are not those of one query. */
  private boolean take(ByteBuf in) {
    while (received < Short.BYTES && in.isReadable()) {
      length = length << Byte.SIZE | in.readUnsignedByte();
      if (++received == Short.BYTES) {
        if (length < MIN_QUERY) {
          return false;
        }
        // A longer one is cut, and answered like one that can't be parsed.
        query = new byte[Math.min(length, TcpIntake.MAX_QUERY)];
      }
    }
    int at = received - Short.BYTES;
    int more = in.readableBytes();
    if (more > 0) {
      if (more > length - at) {
        return false;
      }
      if (at < query.length) {
        in.readBytes(query, at, Math.min(more, query.length - at));
      }
      received += more;
    }
    return true;
  }

  /** The client has ended its side; false if that makes no query. */
  private boolean finish() {
    if (received < Short.BYTES || received - Short.BYTES < length) {
      return false;
    }
    if (query[0] != 0 || query[1] != 0 || WireQuery.mentions(query, TCP_KEEPALIVE)) {
      return false;
    }
    byte[] whole = query;
    query = NOTHING;
    QuicStreams.Codes codes = connection.acceptor().streams().codes();
    if (!connection.takes()) {
      phase = Phase.OVER;
      reset(codes.unanswered());
    } else if (connection.isFull()) {
      phase = Phase.OVER;
      connection.acceptor().count(Counter.CLIENT_QUERIES_REFUSED);
      reset(codes.excessive());
    } else {
      phase = Phase.WAITING;
      connection.asked(this, whole);
    }
    return true;
  }

  private void reset(int code) {
    stream.shutdownOutput(code);
    stream.close();
  }

  @Override
  public QuicStreamChannel stream() {
    return stream;
  }

  @Override
  public InetSocketAddress client() {
    return connection.client();
  }

  @Override
  public Session session() {
    return connection.session();
  }

  @Override
  public long number() {
    return number;
  }

  @Override
  public void setNumber(long number) {
    this.number = number;
  }

  @Override
  public void answer(byte[] message) {
    if (phase != Phase.WAITING) {
      return;
    }
    phase = Phase.OVER;
    connection.ended(this);
    ByteBuf bytes =
        stream
            .alloc()
            .directBuffer(Short.BYTES + message.length)
            .writeShort(message.length)
            .writeBytes(message);
    connection.written(
        message.length, stream, stream.write(new DefaultQuicStreamFrame(bytes, true)));
  }

  @Override
  public void none() {
    if (phase == Phase.WAITING) {
      phase = Phase.OVER;
      connection.ended(this);
      reset(connection.acceptor().streams().codes().unanswered());
    }
  }

  /** Writing has made a packet already; {@link QuicPackets} sends it with others. */
  @Override
  public void flush() {
    // Nothing is left to do.
  }

  @Override
  public void cancelled() {
    end();
    if (stream.isActive()) {
      reset(connection.acceptor().streams().codes().cancelled());
    }
  }

  private void end() {
    if (phase == Phase.WAITING) {
      connection.gone(this);
    } else if (phase == Phase.READING) {
      connection.cutOff();
    }
    phase = Phase.OVER;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    // The end of the query has come with its last frame; so this is a reset after it.
    if (event instanceof ChannelInputShutdownEvent && phase != Phase.READING) {
      context.fireUserEventTriggered(event);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    end();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Survival.endIfOutOfMemory(cause);
    // RESET_STREAM of the client, or the end of the connection.
    cancelled();
  }
}
