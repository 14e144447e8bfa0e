// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.ConnectorSettings;
import io.anteroom.node.filter.HttpOutcome.Decided;
import io.anteroom.node.filter.HttpOutcome.Failed;
import io.anteroom.node.filter.HttpOutcome.Full;
import io.anteroom.node.filter.HttpOutcome.Unreachable;
import io.anteroom.node.flow.SuspensionCounter;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.ssl.SslContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Connection pool of one HTTP connector. Over HTTP/1.1 there is one connection per request in
 * progress, kept alive for later ones. Over HTTP/2 there is one, and a new one is opened when that
 * one takes no more requests. Used on one event loop only; no call blocks.
 *
 * <p>The first connection shows which version the server speaks. Until then, further requests wait
 * for it and open no connection of their own.
 */
final class HttpConnections {
  private static final int CONNECT_MILLIS = 2_000;

  /** How long an idle connection is kept. */
  private static final Duration IDLE = Duration.ofSeconds(60);

  private final ConnectorSettings.Http settings;
  private final EventLoop loop;
  private final Executor resolver;
  private final @Nullable SslContext tls;
  private final Set<Channel> open = new HashSet<>();
  private final ArrayDeque<HttpConnection> idle = new ArrayDeque<>();
  private final ArrayDeque<Request> waiting = new ArrayDeque<>();
  private @Nullable Http2Connection http2;
  private int opening;
  private boolean connecting;
  private boolean isHttp1;
  private boolean closed;

  /** Number of decided requests. */
  private long decided;

  /** A request that has no outcome yet. */
  static final class Request {
    final FullHttpRequest message;
    private final Consumer<HttpOutcome> whenDone;
    private @Nullable Channel channel;
    private boolean done;

    Request(FullHttpRequest message, Consumer<HttpOutcome> whenDone) {
      this.message = message;
      this.whenDone = whenDone;
    }

    void tell(HttpOutcome outcome) {
      if (!done) {
        done = true;
        whenDone.accept(outcome);
      }
    }

    boolean isDone() {
      return done;
    }

    /** Records the channel of the request, which is closed if the request is abandoned. */
    void goesBy(Channel by) {
      channel = by;
    }
  }

  HttpConnections(
      ConnectorSettings.Http settings,
      EventLoop loop,
      Executor resolver,
      @Nullable SslContext tls) {
    this.settings = settings;
    this.loop = loop;
    this.resolver = resolver;
    this.tls = tls;
    this.isHttp1 = !mayBeHttp2();
  }

  private boolean mayBeHttp2() {
    return settings.http2() == ConnectorSettings.Http2.PRIOR_KNOWLEDGE
        || (settings.http2() == ConnectorSettings.Http2.ON && tls != null);
  }

  void send(Request request) {
    if (closed) {
      request.tell(new Unreachable("the node ends"));
      return;
    }
    Http2Connection current = http2;
    if (current != null && current.isUsable()) {
      if (current.hasRoom()) {
        current.send(request);
      } else {
        request.tell(new Full());
      }
      return;
    }
    HttpConnection free = idle.pollLast();
    if (free != null) {
      free.send(request);
    } else if (connecting && !isHttp1) {
      waiting.add(request);
    } else if (open.size() + opening >= settings.maxRequests()) {
      request.tell(new Full());
    } else {
      connect(request);
    }
  }

  /** Abandons a request: closes its HTTP/1.1 connection, or its HTTP/2 stream only. */
  void giveUp(Request request) {
    request.done = true;
    if (request.channel != null) {
      request.channel.close();
      if (http2 != null) {
        http2.onGivenUp();
      }
    }
  }

  private void connect(Request request) {
    connecting = true;
    opening++;
    long before = decided;
    String host = host();
    var unused =
        CompletableFuture.supplyAsync(() -> addresses(host), resolver)
            .whenCompleteAsync(
                (addresses, failure) -> {
                  if (failure != null) {
                    opening--;
                    onUnreachable(request, "unknown host " + host);
                  } else {
                    connect(request, addresses, 0, before);
                  }
                },
                loop);
  }

  private String host() {
    String host = settings.url().getHost();
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  private static InetAddress[] addresses(String host) {
    try {
      return InetAddress.getAllByName(host);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private int port() {
    int port = settings.url().getPort();
    return port < 0 ? (tls == null ? 80 : 443) : port;
  }

  private void connect(Request request, InetAddress[] addresses, int number, long before) {
    if (closed) {
      opening--;
      onUnreachable(request, "the node ends");
      return;
    }
    var opener = new HttpOpener(this, settings, tls, host(), port(), request);
    new Bootstrap()
        .group(loop)
        .channel(NioSocketChannel.class)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.SO_KEEPALIVE, true)
        .handler(opener)
        .connect(new InetSocketAddress(addresses[number], port()))
        .addListener(
            (io.netty.channel.ChannelFuture connected) -> {
              if (connected.isSuccess()) {
                opening--;
                keep(connected.channel());
              } else if (number + 1 < addresses.length && !request.isDone()) {
                connect(request, addresses, number + 1, before);
              } else {
                opening--;
                onUnconnected(request, connected.cause(), before);
              }
            });
  }

  private void keep(Channel channel) {
    open.add(channel);
    channel.closeFuture().addListener(gone -> open.remove(channel));
    if (closed) {
      channel.close();
    }
  }

  /**
   * A server whose accept queue is full is still reachable if it has decided other requests
   * meanwhile.
   */
  private void onUnconnected(Request request, Throwable cause, long before) {
    String detail = HttpAnswer.detail(cause);
    if (cause instanceof ConnectTimeoutException && decided != before) {
      connecting = false;
      request.tell(new Failed(SuspensionCounter.HTTP_TIMEOUTS, detail));
      sendWaiting();
    } else {
      onUnreachable(request, detail);
    }
  }

  /** Called when the server has answered a request. */
  void answered(HttpOutcome outcome) {
    decided += outcome instanceof Decided ? 1 : 0;
  }

  /** Called when no connection could be opened or the TLS handshake failed. */
  void onUnreachable(Request request, String detail) {
    connecting = false;
    Unreachable outcome = new Unreachable(detail);
    request.tell(outcome);
    for (Request next = waiting.poll(); next != null; next = waiting.poll()) {
      next.tell(outcome);
    }
  }

  /** Called when an HTTP/1.1 connection is ready for this request and later ones. */
  void onHttp1(ChannelHandlerContext context, HttpConnection connection, Request request) {
    connecting = false;
    isHttp1 = true;
    connection.opened(context);
    if (request.isDone()) {
      release(connection);
    } else {
      connection.send(request);
    }
    sendWaiting();
  }

  /** Called when an HTTP/2 connection is ready: the server's SETTINGS frame has arrived. */
  void onHttp2(Http2Connection connection, Request request) {
    connecting = false;
    isHttp1 = false;
    http2 = connection;
    if (!request.isDone()) {
      send(request);
    }
    sendWaiting();
  }

  private void sendWaiting() {
    for (int n = waiting.size(); n > 0; n--) {
      Request next = waiting.remove();
      if (!next.isDone()) {
        send(next);
      }
    }
  }

  /** Keeps an idle HTTP/1.1 connection for later requests. */
  void release(HttpConnection connection) {
    idle.addLast(connection);
    connection.idleSince(System.nanoTime());
    if (idle.size() == 1) {
      loop.schedule(this::closeIdle, IDLE.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  void remove(HttpConnection connection) {
    idle.remove(connection);
  }

  private void closeIdle() {
    long now = System.nanoTime();
    // The most recently used connection is reused first, so the head is the longest idle.
    while (!idle.isEmpty() && now - idle.peekFirst().idleSince() >= IDLE.toNanos()) {
      idle.removeFirst().close();
    }
    if (!idle.isEmpty()) {
      long left = IDLE.toNanos() - (now - idle.peekFirst().idleSince());
      loop.schedule(this::closeIdle, left, TimeUnit.NANOSECONDS);
    }
  }

  /** Closes all connections; requests in progress fail with a closed connection. */
  void close() {
    closed = true;
    Set.copyOf(open).forEach(Channel::close);
  }
}
