// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamResetException;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.handler.codec.quic.SslEarlyDataReadyEvent;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * A client of DNS over QUIC, with one connection by Netty. Each message goes on a stream of its
 * own, with id 0 (RFC 9250 section 4.2.1); its answer gets back the id that the test has chosen.
 */
public final class QuicClient extends DnsClient {
  static final EventLoopGroup LOOP =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("quic-client", true), NioIoHandler.newFactory());

  /** Sessions are kept by name and port, and so are they those of all nodes with the name. */
  private static final int PORT = 853;

  private final Channel socket;
  private final QuicChannel connection;
  private final BlockingQueue<Stream> ended = new LinkedBlockingQueue<>();
  private final CompletableFuture<QuicConnectionCloseEvent> closed = new CompletableFuture<>();

  private volatile boolean earlyData;

  /** How a client is, other than polite. */
  public static final class Manner {
    private String protocol = "doq";
    private @Nullable String serverName;
    private long window = 1 << 20;
    private @Nullable QuicSslContext session;

    /** Offers this protocol (ALPN). */
    public Manner protocol(String name) {
      protocol = name;
      return this;
    }

    /** Asks for the certificate of this name. */
    public Manner serverName(String name) {
      serverName = name;
      return this;
    }

    /** Has the sessions of others with this context, and needs its {@link #serverName} for that. */
    public Manner session(QuicSslContext context) {
      session = context;
      return this;
    }

    /** Takes so many bytes of each answer, and reads nothing. */
    public Manner window(long bytes) {
      window = bytes;
      return this;
    }
  }

  /** Connects from a free port of this address. The handshake is done when this returns. */
  public QuicClient(String from, InetSocketAddress server) {
    this(from, server, new Manner());
  }

  public QuicClient(String from, InetSocketAddress server, Manner manner) {
    QuicSslContext own = manner.session;
    QuicSslContext tls =
        own != null
            ? own
            : QuicSslContextBuilder.forClient()
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .endpointIdentificationAlgorithm("")
                .applicationProtocols(manner.protocol)
                .build();
    String name = manner.serverName;
    var codec =
        new QuicClientCodecBuilder()
            .sslEngineProvider(
                channel ->
                    name == null
                        ? tls.newEngine(channel.alloc())
                        : tls.newEngine(channel.alloc(), name, PORT))
            .maxIdleTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
            .initialMaxData(10 * manner.window)
            .initialMaxStreamDataBidirectionalLocal(manner.window)
            .build();
    socket =
        new Bootstrap()
            .group(LOOP)
            .channel(NioDatagramChannel.class)
            .handler(codec)
            .bind(from, 0)
            .syncUninterruptibly()
            .channel();
    connection =
        get(
            QuicChannel.newBootstrap(socket)
                .handler(new Connection())
                .remoteAddress(server)
                .connect());
  }

  private final class Connection extends ChannelInboundHandlerAdapter {
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof QuicConnectionCloseEvent close) {
        closed.complete(close);
      } else if (event instanceof SslEarlyDataReadyEvent) {
        earlyData = true;
      }
      context.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      closed.completeExceptionally(new AssertionError("closed by nobody"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      // The connection is closed then.
    }
  }

  /** One stream. */
  public final class Stream extends ChannelInboundHandlerAdapter {
    private final CompletableFuture<byte[]> end = new CompletableFuture<>();
    private final ByteBuf in = Unpooled.buffer();
    private byte[] id = new byte[2];
    private @Nullable QuicStreamChannel channel;

    /** Sends bytes as they are, and perhaps the end of the stream. */
    public void send(byte[] bytes, boolean last) {
      get(channel().writeAndFlush(Unpooled.wrappedBuffer(bytes)));
      if (last) {
        get(channel().shutdownOutput());
      }
    }

    private QuicStreamChannel channel() {
      QuicStreamChannel opened = channel;
      if (opened == null) {
        throw new AssertionError("not open");
      }
      return opened;
    }

    /** Sends no more: RESET_STREAM. */
    public void reset(int code) {
      get(channel().shutdownOutput(code));
    }

    /** Does not want the answer: STOP_SENDING. */
    public void stop(int code) {
      get(channel().shutdownInput(code));
    }

    /** The code of the reset that comes instead of an answer. */
    public long awaitReset() {
      try {
        byte[] answer = end.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        throw new AssertionError("an answer of " + answer.length + " bytes");
      } catch (ExecutionException e) {
        assertThat(e.getCause()).isInstanceOf(QuicStreamResetException.class);
        return ((QuicStreamResetException) e.getCause()).applicationProtocolCode();
      } catch (InterruptedException | TimeoutException e) {
        throw new AssertionError("neither an answer nor a reset", e);
      }
    }

    /** The message that has come on this stream, with the id of the query. */
    public byte[] message() {
      byte[] bytes;
      try {
        bytes = end.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      } catch (ExecutionException | InterruptedException | TimeoutException e) {
        throw new AssertionError("no answer over QUIC", e);
      }
      assertThat(bytes).hasSizeGreaterThan(Short.BYTES);
      assertThat((bytes[0] & 0xff) << 8 | bytes[1] & 0xff)
          .as("length")
          .isEqualTo(bytes.length - Short.BYTES);
      byte[] message = Arrays.copyOfRange(bytes, Short.BYTES, bytes.length);
      assertThat(new byte[] {message[0], message[1]}).as("id").isEqualTo(new byte[2]);
      message[0] = id[0];
      message[1] = id[1];
      return message;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      in.writeBytes((ByteBuf) message);
      ((ByteBuf) message).release();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof ChannelInputShutdownReadComplete
          && end.complete(ByteBufUtil.getBytes(in))) {
        ended.add(this);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      if (end.completeExceptionally(cause)) {
        ended.add(this);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      exceptionCaught(context, new AssertionError("the stream was closed"));
    }
  }

  /** Opens a stream. */
  public Stream open() {
    return open(QuicStreamType.BIDIRECTIONAL);
  }

  /** Opens a stream of this type. */
  public Stream open(QuicStreamType type) {
    Stream stream = new Stream();
    stream.channel = get(connection.createStream(type, stream));
    return stream;
  }

  /** Asks on a stream of its own. */
  public Stream query(byte[] message) {
    Stream stream = open();
    stream.id = Arrays.copyOf(message, 2);
    stream.send(TcpClient.framed(asSent(message)), true);
    return stream;
  }

  @Override
  public byte[] asSent(byte[] message) {
    byte[] sent = message.clone();
    Arrays.fill(sent, 0, Math.min(2, sent.length), (byte) 0);
    return sent;
  }

  @Override
  public void send(byte[] message) {
    query(message);
  }

  /** The next message; a reset of a stream is none. */
  @Override
  public byte[] receive() {
    try {
      Stream stream;
      do {
        stream = ended.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      } while (stream != null && stream.end.isCompletedExceptionally() && !closed.isDone());
      if (stream == null) {
        throw new AssertionError("no answer over QUIC");
      }
      return stream.message();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Waits until the node closes the connection; how it does that. */
  public QuicConnectionCloseEvent awaitClose() {
    try {
      return closed.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | InterruptedException | TimeoutException e) {
      throw new AssertionError("the connection stays open", e);
    }
  }

  /** The common name of the certificate that the node has shown. */
  public String shown() {
    try {
      X509Certificate certificate =
          (X509Certificate) connection.sslEngine().getSession().getPeerCertificates()[0];
      return certificate.getSubjectX500Principal().getName();
    } catch (SSLPeerUnverifiedException e) {
      throw new AssertionError(e);
    }
  }

  /** Whether the connection began with data before the end of its handshake (0-RTT). */
  public boolean hadEarlyData() {
    return earlyData;
  }

  public boolean isClosed() {
    return closed.isDone();
  }

  /** Streams that may be opened now. */
  public long room() {
    return connection.peerAllowedStreams(QuicStreamType.BIDIRECTIONAL);
  }

  /** Ends without a word to the other side. */
  public void vanish() {
    get(socket.close());
  }

  static <T> T await(CompletableFuture<T> future) {
    try {
      return future.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | InterruptedException | TimeoutException e) {
      throw new AssertionError("it does not come", e);
    }
  }

  static <T> T get(io.netty.util.concurrent.Future<T> future) {
    try {
      return future.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    connection.close().awaitUninterruptibly();
    socket.close().awaitUninterruptibly();
  }
}
