// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.TlsFiles;
import io.anteroom.protocol.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Type;

/** DNS over HTTPS with clients of others: kdig, curl and the JDK's. */
final class HttpsClientsTest {
  private static final String NAME = "www.anteroom.test";

  @TempDir private static Path directory;
  private static TlsFiles files;
  private static TestNode node;

  @BeforeAll
  static void start() {
    files = TlsFiles.make(directory, "node", "DNS:node.test,IP:127.0.0.1");
    node =
        TestNode.start(
            """
            # The client of the JDK opens one for each request in HTTP/1.1, and keeps them.
            listeners = [ { transport = https, address = "127.0.0.1:0", tls %s
              max-connections-per-client = 200 } ]
            loops = 1
            zones = [ { origin = "anteroom.test" } ]
            """
                .formatted(files.block()),
            Map.of());
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static String url(String rest) {
    return "https://127.0.0.1:" + address().getPort() + "/dns-query" + rest;
  }

  private static InetSocketAddress address() {
    return node.address(Transport.HTTPS);
  }

  private static byte[] run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    byte[] said = process.getInputStream().readAllBytes();
    assertThat(process.waitFor()).as(new String(said)).isZero();
    return said;
  }

  @ParameterizedTest
  @ValueSource(strings = {"+https", "+https-get"})
  void kdig_checksTheCertificate_andGetsAPaddedAnswer(String option) throws Exception {
    String said =
        new String(
            run(
                List.of(
                    "kdig",
                    "@127.0.0.1",
                    "-p",
                    Integer.toString(address().getPort()),
                    "+https",
                    option,
                    "+tls-ca=" + files.certificate(),
                    "+tls-hostname=node.test",
                    "+padding",
                    "+timeout=60",
                    NAME)));

    assertThat(said).contains("HTTP session (HTTP/2-", "192.0.2.80", "PADDING", "Received 468 B");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--http2", "--http1.1"})
  void curl_getsAndPosts(String version) throws Exception {
    byte[] query = query(0, NAME, Type.A);
    Path body = Files.write(directory.resolve("query"), query);
    List<String> command =
        List.of("curl", "-sS", "--fail", "--max-time", "100", "--cacert", "" + files.certificate());
    List<String> post = new ArrayList<>(command);
    post.addAll(
        List.of(
            version,
            "-H",
            "content-type: application/dns-message",
            "--data-binary",
            "@" + body,
            url("")));
    List<String> get = new ArrayList<>(command);
    get.addAll(List.of(version, url("?dns=" + Base64.getUrlEncoder().encodeToString(query))));

    assertThat(DnsMessages.addresses(DnsMessages.parse(run(post)))).hasSize(1);
    assertThat(DnsMessages.addresses(DnsMessages.parse(run(get)))).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void clientOfTheJdk_isAnswered_manyAtOnce(HttpClient.Version version) throws Exception {
    HttpClient client = HttpClient.newBuilder().version(version).sslContext(trusting()).build();
    List<CompletableFuture<HttpResponse<byte[]>>> responses = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(url("")))
              .timeout(Duration.ofMinutes(2))
              .header("content-type", "application/dns-message")
              .POST(HttpRequest.BodyPublishers.ofByteArray(query(i, NAME, Type.A)))
              .build();
      responses.add(client.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray()));
    }
    for (int i = 0; i < 50; i++) {
      HttpResponse<byte[]> response = responses.get(i).get();
      assertThat(response.version()).isEqualTo(version);
      assertThat(DnsMessages.parse(response.body()).getHeader().getID()).isEqualTo(i);
    }
    HttpRequest unknown =
        HttpRequest.newBuilder(URI.create(url("/x")))
            .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[3_000]))
            .build();
    assertThat(client.send(unknown, HttpResponse.BodyHandlers.discarding()).statusCode())
        .isEqualTo(404);
  }

  private static SSLContext trusting() throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (InputStream in = Files.newInputStream(files.certificate())) {
      store.setCertificateEntry(
          "node", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }
}
