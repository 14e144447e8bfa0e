// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.http3.DefaultHttp3DataFrame;
import io.netty.handler.codec.http3.DefaultHttp3HeadersFrame;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3ClientConnectionHandler;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3GoAwayFrame;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.http3.Http3RequestStreamInboundHandler;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A client of HTTP/3 with one connection by Netty. Each message is a POST request. */
public final class Https3Client extends DnsClient {
  private final Channel socket;
  private final QuicChannel connection;
  private final BlockingQueue<Request> ended = new LinkedBlockingQueue<>();
  private final CompletableFuture<QuicConnectionCloseEvent> closed = new CompletableFuture<>();
  private final CompletableFuture<Long> leaving = new CompletableFuture<>();

  /** Connects from a free port of this address. The handshake is done when this returns. */
  public Https3Client(String from, InetSocketAddress server) {
    var tls =
        QuicSslContextBuilder.forClient()
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm("")
            .applicationProtocols(Http3.supportedApplicationProtocols())
            .build();
    var codec =
        Http3.newQuicClientCodecBuilder()
            .sslEngineProvider(
                channel -> tls.newEngine(channel.alloc(), "node.test", server.getPort()))
            .maxIdleTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
            .initialMaxData(10 << 20)
            .initialMaxStreamDataBidirectionalLocal(1 << 20)
            .build();
    socket =
        new Bootstrap()
            .group(QuicClient.LOOP)
            .channel(NioDatagramChannel.class)
            .handler(codec)
            .bind(from, 0)
            .syncUninterruptibly()
            .channel();
    connection =
        QuicClient.get(
            QuicChannel.newBootstrap(socket)
                .handler(
                    new io.netty.channel.ChannelInitializer<QuicChannel>() {
                      @Override
                      protected void initChannel(QuicChannel channel) {
                        channel
                            .pipeline()
                            .addLast(
                                new Http3ClientConnectionHandler(
                                    new Control(), null, null, null, true),
                                new Closings());
                      }
                    })
                .remoteAddress(server)
                .connect());
  }

  /** What the node says of the connection. */
  private final class Control extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object frame) {
      if (frame instanceof Http3GoAwayFrame goAway) {
        leaving.complete(goAway.id());
      }
      ReferenceCountUtil.release(frame);
    }
  }

  private final class Closings extends ChannelInboundHandlerAdapter {
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof QuicConnectionCloseEvent close) {
        closed.complete(close);
      }
      context.fireUserEventTriggered(event);
    }
  }

  /** One request and its response. */
  public final class Request extends Http3RequestStreamInboundHandler {
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private final ByteBuf body = Unpooled.buffer();
    private volatile @Nullable Http3Headers headers;
    private @Nullable QuicStreamChannel stream;

    @Override
    protected void channelRead(ChannelHandlerContext context, Http3HeadersFrame frame) {
      headers = frame.headers();
    }

    @Override
    protected void channelRead(ChannelHandlerContext context, Http3DataFrame frame) {
      body.writeBytes(frame.content());
      frame.release();
    }

    @Override
    protected void channelInputClosed(ChannelHandlerContext context) {
      if (end.complete(null)) {
        ended.add(this);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      end.completeExceptionally(cause);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      end.completeExceptionally(new AssertionError("the stream was closed"));
    }

    private Http3Headers headers() {
      QuicClient.await(end);
      Http3Headers come = headers;
      if (come == null) {
        throw new AssertionError("a response without a head");
      }
      return come;
    }

    public int status() {
      return Integer.parseInt(headers().status().toString());
    }

    /** The value of a header field; empty for none. */
    public String header(String name) {
      CharSequence value = headers().get(name);
      return value == null ? "" : value.toString();
    }

    public byte[] body() {
      QuicClient.await(end);
      return ByteBufUtil.getBytes(body);
    }

    /** Does not want the response: STOP_SENDING. */
    public void stop(int code) {
      if (stream != null) {
        QuicClient.get(stream.shutdownInput(code));
      }
    }
  }

  /** Sends a request; without a body if that is null. */
  public Request request(
      String method, String path, @Nullable String type, byte @Nullable [] body) {
    Request request = new Request();
    QuicStreamChannel stream = QuicClient.get(Http3.newRequestStream(connection, request));
    request.stream = stream;
    var head = new DefaultHttp3HeadersFrame();
    head.headers().method(method).path(path).scheme("https").authority("node.test");
    if (type != null) {
      head.headers().add("content-type", type);
    }
    ChannelFuture written = stream.write(head);
    if (body != null) {
      written = stream.write(new DefaultHttp3DataFrame(Unpooled.wrappedBuffer(body)));
    }
    // Netty would send the end before what waits for room.
    written.addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
    stream.flush();
    return request;
  }

  @Override
  public void send(byte[] message) {
    request("POST", HttpsClient.PATH, HttpsClient.TYPE, message);
  }

  /** The next message; a response that has none counts as no answer. */
  @Override
  public byte[] receive() {
    try {
      Request next;
      do {
        next = ended.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      } while (next != null && next.status() == HttpsClient.NO_ANSWER);
      if (next == null || next.status() != 200) {
        throw new AssertionError("no answer over HTTP/3");
      }
      return next.body();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Waits until the node takes no more requests; the first stream that it does not take. */
  public long awaitGoAway() {
    return QuicClient.await(leaving);
  }

  /** Waits until the node closes the connection; how it does that. */
  public QuicConnectionCloseEvent awaitClose() {
    return QuicClient.await(closed);
  }

  @Override
  public void close() {
    connection.close().awaitUninterruptibly();
    socket.close().awaitUninterruptibly();
  }
}
