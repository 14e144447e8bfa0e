// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2FrameStream;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;

/**
 * A server of DNS over HTTPS, on HTTP/2 and a free port of 127.0.0.1, that does with every request
 * what its script says, on its event loop.
 */
public final class DohServer implements AutoCloseable {
  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final SslContext tls;
  private final Http2Settings settings = Http2Settings.defaultSettings();
  private final Consumer<Request> script;
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final List<Long> sessions = new CopyOnWriteArrayList<>();
  private final List<Long> resets = new CopyOnWriteArrayList<>();
  private final Set<Channel> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger streams = new AtomicInteger();
  private final AtomicInteger mostStreams = new AtomicInteger();
  private final Channel listening;

  private DohServer(
      TlsFiles files, Consumer<Request> script, long maxStreams, List<String> protocols) {
    this.script = script;
    this.settings.maxConcurrentStreams(maxStreams);
    this.tls = tls(files, protocols);
    this.listening =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .childHandler(new Pipeline())
            .bind(InetAddress.getLoopbackAddress(), 0)
            .syncUninterruptibly()
            .channel();
  }

  /** One that agrees on HTTP/2 and allows 100 streams. */
  public static DohServer start(TlsFiles files, Consumer<Request> script) {
    return start(files, script, 100);
  }

  public static DohServer start(TlsFiles files, Consumer<Request> script, long maxStreams) {
    return new DohServer(files, script, maxStreams, List.of("h2"));
  }

  /** One that agrees on these protocols only (ALPN); on none if the list is empty. */
  public static DohServer speaking(TlsFiles files, List<String> protocols) {
    return new DohServer(files, request -> {}, 100, protocols);
  }

  private static SslContext tls(TlsFiles files, List<String> protocols) {
    try {
      SslContextBuilder builder =
          SslContextBuilder.forServer(files.certificate().toFile(), files.key().toFile())
              .sslProvider(SslProvider.JDK);
      if (!protocols.isEmpty()) {
        builder.applicationProtocolConfig(
            new ApplicationProtocolConfig(
                ApplicationProtocolConfig.Protocol.ALPN,
                ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                protocols));
      }
      return builder.build();
    } catch (SSLException e) {
      throw new AssertionError(e);
    }
  }

  public InetSocketAddress address() {
    return (InetSocketAddress) listening.localAddress();
  }

  /** All requests so far. */
  public List<Request> requests() {
    return List.copyOf(requests);
  }

  /** When the TLS session of each connection was created, which a resumed one keeps. */
  public List<Long> sessions() {
    return List.copyOf(sessions);
  }

  /** Connections that are open now. */
  public int connections() {
    return open.size();
  }

  /** The most requests that were unanswered at the same time. */
  public int mostStreams() {
    return mostStreams.get();
  }

  /** The error codes of the streams that clients have reset. */
  public List<Long> resets() {
    return List.copyOf(resets);
  }

  /** Closes all connections as a server does that is restarted. */
  public void closeConnections() {
    open.forEach(channel -> channel.close().syncUninterruptibly());
  }

  @Override
  public void close() {
    listening.close().syncUninterruptibly();
    loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }

  /** A request, whose answer may be anything; to be used on the event loop of the server. */
  public final class Request {
    private final ChannelHandlerContext context;
    private final Http2FrameStream stream;
    private final Http2Headers headers;
    private final ByteBuf body = Unpooled.buffer();
    private boolean over;

    private Request(ChannelHandlerContext context, Http2FrameStream stream, Http2Headers headers) {
      this.context = context;
      this.stream = stream;
      this.headers = headers;
    }

    public String header(String name) {
      return String.valueOf(headers.get(name));
    }

    /** The query, and how it can be answered with status 200. */
    public Asked asked() {
      return new Asked(ByteBufUtil.getBytes(body), address(), true, new Wire());
    }

    public void answer() {
      asked().answer();
    }

    public void respond(String status, String contentType, byte[] content) {
      head(status, contentType);
      data(content, true);
    }

    public void head(String status, String contentType) {
      Http2Headers head = new DefaultHttp2Headers().status(status);
      if (!contentType.isEmpty()) {
        head.set("content-type", contentType);
      }
      write(new DefaultHttp2HeadersFrame(head, false).stream(stream));
    }

    public void data(byte[] content, boolean last) {
      if (last) {
        end();
      }
      write(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(content), last).stream(stream));
    }

    /** Sends this until the stream is closed. */
    public void endlessly(byte[] content) {
      context
          .writeAndFlush(
              new DefaultHttp2DataFrame(Unpooled.copiedBuffer(content), false).stream(stream))
          .addListener(
              done -> {
                if (done.isSuccess()) {
                  endlessly(content);
                }
              });
    }

    public void reset(Http2Error error) {
      end();
      write(new DefaultHttp2ResetFrame(error).stream(stream));
    }

    /** Sends GOAWAY: the streams up to this one may still be answered. */
    public void goAway(int lastStream) {
      ByteBuf frame = Unpooled.buffer();
      frame.writeMedium(8).writeByte(7).writeByte(0).writeInt(0).writeInt(lastStream).writeInt(0);
      context.pipeline().context(Http2FrameCodec.class).writeAndFlush(frame);
    }

    public int streamId() {
      return stream.id();
    }

    /** Sends bytes that are no HTTP/2. */
    public void garbage() {
      byte[] text = "HTTP/1.1 400 Bad Request\r\n\r\n".getBytes();
      context.pipeline().context(Http2FrameCodec.class).writeAndFlush(Unpooled.wrappedBuffer(text));
    }

    public void closeConnection() {
      context.pipeline().context(Http2FrameCodec.class).close();
    }

    private void end() {
      if (!over) {
        over = true;
        streams.decrementAndGet();
      }
    }

    private void write(Object frame) {
      context.writeAndFlush(frame);
    }

    private final class Wire implements Asked.Wire {
      @Override
      public void send(byte[] message) {
        respond("200", "application/dns-message", message);
      }

      @Override
      public void sendFromElsewhere(byte[] message) {
        send(message);
      }

      @Override
      public void sendFromOtherAddress(byte[] message) {
        send(message);
      }

      @Override
      public void sendRaw(byte[] raw) {
        send(raw);
      }

      @Override
      public void close() {
        closeConnection();
      }

      @Override
      public void later(Duration delay, Runnable action) {
        context.executor().schedule(action, delay.toMillis(), TimeUnit.MILLISECONDS);
      }
    }
  }

  private final class Pipeline extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel channel) {
      open.add(channel);
      channel.closeFuture().addListener(closed -> open.remove(channel));
      SslHandler handler = tls.newHandler(channel.alloc());
      channel
          .pipeline()
          .addLast(
              handler,
              new Sessions(handler),
              Http2FrameCodecBuilder.forServer().initialSettings(settings).build(),
              new Requests());
    }
  }

  private final class Sessions extends ChannelInboundHandlerAdapter {
    private final SslHandler handler;

    Sessions(SslHandler handler) {
      this.handler = handler;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof SslHandshakeCompletionEvent shaken && shaken.isSuccess()) {
        sessions.add(handler.engine().getSession().getCreationTime());
      }
      context.fireUserEventTriggered(event);
    }
  }

  private final class Requests extends ChannelInboundHandlerAdapter {
    private final Map<Http2FrameStream, Request> byStream = new HashMap<>();

    @Override
    public void channelRead(ChannelHandlerContext context, Object frame) {
      if (frame instanceof Http2HeadersFrame head) {
        byStream.put(head.stream(), new Request(context, head.stream(), head.headers()));
        mostStreams.accumulateAndGet(streams.incrementAndGet(), Math::max);
      } else if (frame instanceof Http2DataFrame data) {
        Request request = byStream.get(data.stream());
        request.body.writeBytes(data.content());
        if (data.isEndStream()) {
          byStream.remove(data.stream());
          requests.add(request);
          script.accept(request);
        }
      } else if (frame instanceof Http2ResetFrame reset) {
        resets.add(reset.errorCode());
        streams.decrementAndGet();
      }
      ReferenceCountUtil.release(frame);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
      context.close();
    }
  }
}
