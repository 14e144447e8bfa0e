// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Session;
import io.anteroom.node.http.Body;
import io.anteroom.node.http.DohRequest;
import io.anteroom.node.http.Http3Responses;
import io.anteroom.node.http.HttpAnswer;
import io.anteroom.node.http.Refusal;
import io.anteroom.node.net.Survival;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.http3.Http3Exception;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.http3.Http3RequestStreamInboundHandler;
import io.netty.handler.codec.quic.DefaultQuicStreamFrame;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** One request of HTTP/3, on its stream. */
final class Http3Request extends Http3RequestStreamInboundHandler implements QuicExchange {
  private static final Body EMPTY = new Body(-1);

  private final QuicConnection connection;
  private final QuicStreamChannel stream;
  private final Http3Streams streams;
  private Session session = Session.NONE;
  private @Nullable DohRequest request;
  private Body body = EMPTY;
  private long number;
  private Phase phase = Phase.READING;

  private enum Phase {
    READING,
    WAITING,
    OVER
  }

  Http3Request(QuicConnection connection, QuicStreamChannel stream, Http3Streams streams) {
    this.connection = connection;
    this.stream = stream;
    this.streams = streams;
  }

  @Override
  protected void channelRead(ChannelHandlerContext context, Http3HeadersFrame frame) {
    if (phase != Phase.READING || request != null) {
      // Trailers.
      return;
    }
    connection.acceptor().count(Counter.HTTP_REQUESTS);
    Http3Headers headers = frame.headers();
    long length = headers.getLong("content-length", -1);
    DohRequest read =
        DohRequest.of(
            streams.settings().paths(),
            text(headers.method()),
            text(headers.path()),
            headers.get("content-type"),
            length);
    request = read;
    body = new Body(length);
    session = connection.session().withPath(read.path());
    if (read.refusal() != null) {
      refuse(read.refusal());
    }
  }

  private static CharSequence text(@Nullable CharSequence value) {
    return value == null ? "" : value;
  }

  @Override
  protected void channelRead(ChannelHandlerContext context, Http3DataFrame frame) {
    try {
      if (phase == Phase.READING && !body.add(frame.content())) {
        refuse(Refusal.TOO_LARGE);
      }
    } finally {
      frame.release();
    }
  }

  @Override
  protected void channelInputClosed(ChannelHandlerContext context) {
    DohRequest read = request;
    if (phase != Phase.READING) {
      return;
    } else if (read == null) {
      refuse(Refusal.SYNTAX);
      return;
    }
    Refusal refusal = read.query() == null ? body.refusal() : null;
    if (refusal != null) {
      refuse(refusal);
    } else if (!connection.takes()) {
      phase = Phase.OVER;
      reset(Http3ErrorCode.H3_REQUEST_REJECTED.code());
    } else if (connection.isFull()) {
      refuse(Refusal.TOO_MANY);
    } else {
      ask(read.query() == null ? body.message() : read.query());
    }
  }

  /** A query may wait for a minute; what it was made of need not. */
  private void ask(byte[] query) {
    phase = Phase.WAITING;
    request = null;
    body = EMPTY;
    connection.asked(this, query);
  }

  private void refuse(Refusal why) {
    phase = Phase.OVER;
    connection.acceptor().count(why);
    respond(HttpAnswer.of(why));
  }

  /** Writes a whole response as one packet, without Netty's codec, which would make three. */
  private void respond(HttpAnswer answer) {
    ByteBuf bytes = stream.alloc().directBuffer(Http3Responses.HEAD + answer.body().length);
    Http3Responses.write(bytes, answer);
    ChannelHandlerContext codec = stream.pipeline().firstContext();
    connection.written(
        answer.body().length, stream, codec.write(new DefaultQuicStreamFrame(bytes, true)));
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
    return session;
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
    if (phase == Phase.WAITING) {
      phase = Phase.OVER;
      connection.ended(this);
      respond(HttpAnswer.of(message));
    }
  }

  @Override
  public void none() {
    if (phase == Phase.WAITING) {
      connection.ended(this);
      refuse(Refusal.NO_ANSWER);
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
      reset(streams.codes().cancelled());
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
  public void channelInactive(ChannelHandlerContext context) {
    end();
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    Survival.endIfOutOfMemory(cause);
    if (cause instanceof Http3Exception) {
      // The codec closes the connection, or there is nothing to tell the client on this stream.
      connection.acceptor().count(Counter.QUIC_PROTOCOL_ERRORS);
      phase = phase == Phase.READING ? Phase.OVER : phase;
    }
    cancelled();
  }
}
