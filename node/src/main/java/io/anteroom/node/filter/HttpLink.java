// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.ConnectorSettings;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.protocol.FilterRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * The way of one connector to its filter over HTTP: a client with a pool of connections that are
 * kept alive, and two threads of its own, on which what it does not itself do without blocking,
 * such as looking a name up, holds nobody else. Safe for any thread; no call blocks.
 *
 * <p>What waits for those threads belongs to requests that are under way, and the connector's
 * credits bound these. The threads end when they have nothing to do, and the client with them.
 */
final class HttpLink {
  private static final int THREADS = 2;
  private static final Duration IDLE = Duration.ofSeconds(10);
  private static final Duration PROBE = Duration.ofSeconds(2);

  private final ConnectorSettings.Http settings;
  private final Executor executor;
  private final HttpClient client;

  private HttpLink(ConnectorSettings.Http settings, Executor executor, HttpClient client) {
    this.settings = settings;
    this.executor = executor;
    this.client = client;
  }

  /**
   * Makes one. It reads files.
   *
   * @param name of the service, for its threads
   * @throws IOException if the file of certificates can't be read, or holds none
   */
  static HttpLink open(String name, ConnectorSettings.Http settings) throws IOException {
    Executor executor = threads("filter-" + name);
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .executor(executor)
            .followRedirects(Redirect.NEVER)
            .proxy(HttpClient.Builder.NO_PROXY)
            .version(settings.http2() ? Version.HTTP_2 : Version.HTTP_1_1);
    Path ca = settings.ca();
    if (ca != null) {
      builder.sslContext(trusting(ca));
    }
    return new HttpLink(settings, executor, builder.build());
  }

  private static Executor threads(String name) {
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE.toMillis(),
            TimeUnit.MILLISECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  private static SSLContext trusting(Path ca) throws IOException {
    try (InputStream in = Files.newInputStream(ca)) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("ca-" + store.size(), each);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("can't take the certificates in " + ca + ": " + e.getMessage(), e);
    }
  }

  /**
   * Asks the filter.
   *
   * @param whenDone told once what came of it, on another thread; also after it was given up
   * @return gives the request up
   */
  Runnable ask(FilterRequest request, Consumer<HttpOutcome> whenDone) {
    HttpRequest.Builder post =
        request()
            .POST(BodyPublishers.ofByteArray(request.message()))
            .header("Content-Type", HttpOutcome.DNS_MESSAGE)
            .header("Accept", HttpOutcome.JSON + ", " + HttpOutcome.DNS_MESSAGE)
            .header("Anteroom-Key", request.key().toString())
            .header("Anteroom-Stage", request.stage().word())
            .header("Anteroom-Client", Addresses.text(request.client()))
            .header("Anteroom-Transport", request.transport().word())
            .header(
                "Anteroom-Remaining-Millis",
                Long.toString(TimeUnit.MICROSECONDS.toMillis(request.remainingMicros())));
    request
        .tags()
        .forEach(
            (name, value) -> post.header("Anteroom-Tag", encoded(name) + "=" + encoded(value)));
    CompletableFuture<HttpResponse<byte[]>> sent = send(post.build());
    var unused =
        sent.whenComplete(
            (response, failure) ->
                whenDone.accept(
                    failure == null ? HttpOutcome.of(response) : HttpOutcome.of(failure)));
    return () -> executor.execute(() -> sent.cancel(true));
  }

  /**
   * Finds out whether there is an HTTP server, whatever it answers. Over plain HTTP this is where
   * HTTP/2 is agreed upon, with a request that has no body.
   *
   * @param whenDone told an empty text if there is one, else why not
   */
  void probe(Consumer<String> whenDone) {
    HttpRequest options =
        request().method("OPTIONS", BodyPublishers.noBody()).timeout(PROBE).build();
    var unused =
        send(options)
            .whenComplete(
                (response, failure) ->
                    whenDone.accept(failure == null ? "" : detail(HttpOutcome.of(failure))));
  }

  private static String detail(HttpOutcome outcome) {
    if (outcome instanceof HttpOutcome.Unreachable unreachable) {
      return unreachable.detail();
    }
    HttpOutcome.Failed failed = (HttpOutcome.Failed) outcome;
    // Whoever sends much has answered.
    return failed.reason() == SuspensionCounter.HTTP_TOO_LARGE ? "" : failed.detail();
  }

  private HttpRequest.Builder request() {
    HttpRequest.Builder request = HttpRequest.newBuilder(settings.url());
    String authorization = settings.authorization();
    return authorization == null ? request : request.header("Authorization", authorization);
  }

  private CompletableFuture<HttpResponse<byte[]>> send(HttpRequest request) {
    return client.sendAsync(request, answer -> new LimitedBody(HttpOutcome.MAX_BODY));
  }

  /** As in a URL (RFC 3986, section 2.1), so that neither an equals sign nor a line ends it. */
  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
