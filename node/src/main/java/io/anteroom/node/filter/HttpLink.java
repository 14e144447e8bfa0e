// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.ConnectorSettings;
import io.anteroom.node.filter.HttpConnections.Request;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.tls.ServerTrust;
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
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * HTTP client of one connector: builds its requests and keeps its connections alive. Thread-safe;
 * no call blocks, except {@link #open}. It runs on an event loop that serves no DNS clients.
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
   * Creates a link. Reads the certificate file, so it may block.
   *
   * @param loop the event loop that it runs on
   * @param resolver looks up the host name of the URL; its threads may block
   * @throws IOException if the certificate file can't be read or contains none
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
      List<X509Certificate> authorities =
          CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (authorities.isEmpty()) {
        throw new IOException("can't take the certificates in " + ca + ": it has none");
      }
      return builder.trustManager(ServerTrust.in(authorities)).build();
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IOException("can't take the certificates in " + ca + ": " + e.getMessage(), e);
    }
  }

  /**
   * Asks the filter.
   *
   * @param whenDone called once with the outcome, on another thread; not called if the request is
   *     abandoned before
   * @return abandons the request when run
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
    if (!request.identity().isEmpty()) {
      post.headers().set("Anteroom-Identity", encoded(request.identity()));
    }
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
   * Checks whether an HTTP server answers, with any response.
   *
   * @param whenDone called with an empty text if a server answers, else with the reason
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
    // Any response shows that the server is there.
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

  /**
   * Percent-encodes a text (RFC 3986, section 2.1), so that equals signs and line ends are safe.
   */
  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Closes the connections. */
  void close() {
    loop.execute(connections::close);
  }
}
