// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.ConnectorSettings;
import io.anteroom.node.filter.HttpConnections.Request;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.protocol.FilterRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The way of one connector to its filter over HTTP: what its requests say, and connections that are
 * kept alive. Safe for any thread; no call blocks. What it does runs on an event loop that serves
 * no clients.
 */
final class HttpLink {
  private static final Duration PROBE = Duration.ofSeconds(2);

  private final ConnectorSettings.Http settings;
  private final EventLoop loop;
  private final HttpConnections connections;

  private HttpLink(ConnectorSettings.Http settings, EventLoop loop, HttpConnections connections) {
    this.settings = settings;
    this.loop = loop;
    this.connections = connections;
  }

  /**
   * Makes one. It reads files.
   *
   * @param loop that it runs on
   * @param resolver looks up the name in the URL, which may block
   * @throws IOException if the file of certificates can't be read, or holds none
   */
  static HttpLink open(ConnectorSettings.Http settings, EventLoop loop, Executor resolver)
      throws IOException {
    SslContext tls = settings.url().getScheme().equals("https") ? tls(settings) : null;
    return new HttpLink(settings, loop, new HttpConnections(settings, loop, resolver, tls));
  }

  private static SslContext tls(ConnectorSettings.Http settings) throws IOException {
    SslContextBuilder builder = SslContextBuilder.forClient().sslProvider(SslProvider.JDK);
    if (settings.http2() != ConnectorSettings.Http2.OFF) {
      builder.applicationProtocolConfig(
          new ApplicationProtocolConfig(
              ApplicationProtocolConfig.Protocol.ALPN,
              ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
              ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
              ApplicationProtocolNames.HTTP_2,
              ApplicationProtocolNames.HTTP_1_1));
    }
    Path ca = settings.ca();
    if (ca == null) {
      return builder.build();
    }
    try (var in = Files.newInputStream(ca)) {
      return builder.trustManager(in).build();
    } catch (IllegalArgumentException e) {
      throw new IOException("can't take the certificates in " + ca + ": " + e.getMessage(), e);
    }
  }

  /**
   * Asks the filter.
   *
   * @param whenDone told once what came of it, on another thread; not if it is given up before
   * @return gives the request up
   */
  Runnable ask(FilterRequest request, Consumer<HttpOutcome> whenDone) {
    FullHttpRequest post = request(HttpMethod.POST, Unpooled.wrappedBuffer(request.message()));
    post.headers()
        .set(HttpHeaderNames.CONTENT_TYPE, HttpOutcome.DNS_MESSAGE)
        .set(HttpHeaderNames.ACCEPT, HttpOutcome.JSON + ", " + HttpOutcome.DNS_MESSAGE)
        .set("Anteroom-Key", request.key().toString())
        .set("Anteroom-Stage", request.stage().word())
        .set("Anteroom-Client", Addresses.text(request.client()))
        .set("Anteroom-Transport", request.transport().word())
        .set(
            "Anteroom-Remaining-Millis",
            Long.toString(TimeUnit.MICROSECONDS.toMillis(request.remainingMicros())));
    request
        .tags()
        .forEach(
            (name, value) ->
                post.headers().add("Anteroom-Tag", encoded(name) + "=" + encoded(value)));
    Request sent = new Request(post, whenDone);
    loop.execute(() -> connections.send(sent));
    return () -> loop.execute(() -> connections.giveUp(sent));
  }

  /**
   * Finds out whether there is an HTTP server, whatever it answers.
   *
   * @param whenDone told an empty text if there is one, else why not
   */
  void probe(Consumer<String> whenDone) {
    Request options =
        new Request(
            request(HttpMethod.OPTIONS, Unpooled.EMPTY_BUFFER),
            outcome -> whenDone.accept(whyNot(outcome)));
    loop.execute(
        () -> {
          connections.send(options);
          loop.schedule(
              () -> {
                if (!options.isDone()) {
                  options.tell(
                      new HttpOutcome.Failed(
                          SuspensionCounter.HTTP_TIMEOUTS,
                          "no answer within %d s".formatted(PROBE.toSeconds())));
                  connections.giveUp(options);
                }
              },
              PROBE.toMillis(),
              TimeUnit.MILLISECONDS);
        });
  }

  private static String whyNot(HttpOutcome outcome) {
    if (outcome instanceof HttpOutcome.Unreachable unreachable) {
      return unreachable.detail();
    } else if (outcome instanceof HttpOutcome.Failed failed
        && (failed.reason() == SuspensionCounter.HTTP_CLOSED
            || failed.reason() == SuspensionCounter.HTTP_TIMEOUTS)) {
      return failed.detail();
    }
    // Whatever it answers, it answers.
    return "";
  }

  private FullHttpRequest request(HttpMethod method, ByteBuf body) {
    String path = settings.url().getRawPath().isEmpty() ? "/" : settings.url().getRawPath();
    String query = settings.url().getRawQuery();
    FullHttpRequest request =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1, method, query == null ? path : path + "?" + query, body);
    request
        .headers()
        .set(HttpHeaderNames.HOST, settings.url().getRawAuthority())
        .set(HttpHeaderNames.USER_AGENT, "anteroom")
        .setInt(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
    @Nullable String authorization = settings.authorization();
    if (authorization != null) {
      request.headers().set(HttpHeaderNames.AUTHORIZATION, authorization);
    }
    return request;
  }

  /** As in a URL (RFC 3986, section 2.1), so that neither an equals sign nor a line ends it. */
  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Closes its connections. */
  void close() {
    loop.execute(connections::close);
  }
}
