// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.TlsIdentity;
import io.anteroom.node.testing.UdpClient;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.http.javadsl.ConnectionContext;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.ServerBuilder;
import org.apache.pekko.http.javadsl.model.AttributeKeys;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpMethods;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.RemoteAddress;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Filters over HTTP/2, and over TLS. */
final class HttpConnectorHttp2Test {
  private static final int STREAMS = 100;
  private static final int QUERIES = 250;

  @TempDir private static Path directory;
  private static ActorSystem system;
  private static TlsIdentity identity;

  private final List<CompletableFuture<HttpResponse>> held = new CopyOnWriteArrayList<>();
  private volatile boolean released;
  private final Set<String> protocols = ConcurrentHashMap.newKeySet();
  private final Set<RemoteAddress> clients = ConcurrentHashMap.newKeySet();

  @BeforeAll
  static void start() {
    identity = TlsIdentity.make(directory, "ip:127.0.0.1");
    identity.writeCertificate(directory.resolve("ca.pem"));
    system =
        ActorSystem.create(
            "http2",
            ConfigFactory.parseString(
                    """
                    pekko.actor.provider = local
                    pekko.http.server {
                      enable-http2 = on
                      remote-address-attribute = on
                      http2.max-concurrent-streams = 100
                    }
                    """)
                .withFallback(ConfigFactory.load()));
  }

  @AfterAll
  static void stop() {
    system.terminate();
  }

  private CompletionStage<HttpResponse> answer(HttpRequest request) {
    if (!request.method().equals(HttpMethods.POST)) {
      return CompletableFuture.completedFuture(HttpResponse.create().withStatus(405));
    }
    protocols.add(request.protocol().value());
    request.getAttribute(AttributeKeys.remoteAddress).ifPresent(clients::add);
    CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
    held.add(answer);
    var unused = request.discardEntityBytes(system);
    if (released) {
      release();
    }
    return answer;
  }

  private void release() {
    released = true;
    held.forEach(
        one ->
            one.complete(
                HttpResponse.create()
                    .withEntity(ContentTypes.APPLICATION_JSON, "{\"verdict\": \"nxdomain\"}")));
  }

  private int serve(boolean tls) throws Exception {
    ServerBuilder server = Http.get(system).newServerAt("127.0.0.1", 0);
    if (tls) {
      server = server.enableHttps(ConnectionContext.httpsServer(identity.context()));
    }
    ServerBinding binding = server.bind(this::answer).toCompletableFuture().get();
    InetSocketAddress address = binding.localAddress();
    return address.getPort();
  }

  @ParameterizedTest
  @ValueSource(strings = {"http", "https"})
  void serverThatSpeaksHttp2_isAskedSo_asManyAtOnceAsItAllows(String scheme) throws Exception {
    boolean tls = scheme.equals("https");
    String url = scheme + "://127.0.0.1:" + serve(tls) + "/decide";
    String more =
        "max-requests = 1000"
            + (tls ? ", ca = \"" + directory + "/ca.pem\"" : ", http2 = prior-knowledge");
    try (TestNode node = TestNode.start(HttpConnectorTest.one(url, more), Map.of());
        UdpClient client = node.udp()) {
      await().until(() -> node.node().services().get(1).isAvailable());
      for (int i = 0; i < QUERIES; i++) {
        client.send(query(i, "n" + i + ".wild.anteroom.test", Type.A));
      }
      await().until(() -> held.size() == STREAMS);
      await().until(() -> node.count(1, SuspensionCounter.HTTP_FULL) >= QUERIES - STREAMS);
      release();
      for (int i = 0; i < QUERIES; i++) {
        assertThat(DnsMessages.parse(client.receive()).getRcode()).isEqualTo(Rcode.NXDOMAIN);
      }
      assertThat(protocols).containsExactly("HTTP/2.0");
      assertThat(clients).hasSize(1);
      assertThat(held).hasSize(QUERIES);
      node.assertAtRest();
    }
  }

  @Test
  void http2SwitchedOff_isNotSpoken() throws Exception {
    String url = "http://127.0.0.1:" + serve(false) + "/decide";
    try (TestNode node = TestNode.start(HttpConnectorTest.one(url, "http2 = off"), Map.of());
        UdpClient client = node.udp()) {
      await().until(() -> node.node().services().get(1).isAvailable());
      client.send(query(1, "www.wild.anteroom.test", Type.A));
      await().until(() -> held.size() == 1);
      release();
      assertThat(DnsMessages.parse(client.receive()).getRcode()).isEqualTo(Rcode.NXDOMAIN);
      assertThat(protocols).containsExactly("HTTP/1.1");
    }
  }

  @Test
  void serverThatIsNotTrusted_isNotAsked() throws Exception {
    String url = "https://127.0.0.1:" + serve(true) + "/decide";
    try (TestNode node = TestNode.start(HttpConnectorTest.one(url, ""), Map.of());
        UdpClient client = node.udp()) {
      assertThat(client.ask(query(1, "www.wild.anteroom.test", Type.A)).getRcode())
          .isEqualTo(Rcode.REFUSED);
      assertThat(held).isEmpty();
      assertThat(node.node().services().get(1).isAvailable()).isFalse();
    }
  }
}
