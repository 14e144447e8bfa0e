// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.Nat;
import io.anteroom.node.testing.QuicClient;
import io.anteroom.node.testing.QuicClient.Stream;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.TlsFiles;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** QUIC sessions that go on: in another connection, at another node, from another port. */
final class QuicSessionTest {
  private static final TestFilter filter = new TestFilter();
  private static TestNode node;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    String files = TlsFiles.make(directory, "node", "DNS:node.test").settings();
    Path secrets = Files.writeString(directory.resolve("tickets"), "0a".repeat(32) + "\n");
    String listener =
        "{ transport = quic, address = \"127.0.0.1:0\", tls { %s, ticket-secret-file = \"%s\" } }%n"
            .formatted(files, secrets);
    node =
        TestNode.start(
            """
            listeners = [
              %s
              %s
            ]
            loops = 1
            zones = [ { origin = "anteroom.test" } ]
            filters.judge { async-id = 1, timeout = 60s }
            rules.query = [ { match { suffix = ["held.test"] }, action { suspend = judge } } ]
            """
                .formatted(listener, listener),
            Map.of("judge", filter));
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static InetSocketAddress address(int listener) {
    return node.addresses(Transport.QUIC).get(listener);
  }

  private static void assertAnswered(QuicClient client) {
    assertThat(client.query(query(9, "www.anteroom.test", Type.A)).message()[3] & 0xf).isZero();
  }

  /** Listeners share nothing but the secret of their tickets, so they stand for two nodes. */
  @Test
  void session_isResumedAtTheSameAndTheOtherNode_withoutEarlyData() {
    AtomicInteger full = new AtomicInteger();
    QuicSslContext tls =
        QuicSslContextBuilder.forClient()
            .trustManager(new Counting(full))
            .endpointIdentificationAlgorithm("")
            .applicationProtocols("doq")
            .earlyData(true)
            .build();
    for (int listener : new int[] {0, 0, 1}) {
      QuicClient.Manner manner = new QuicClient.Manner().serverName("node.test").session(tls);
      try (QuicClient client = new QuicClient("127.0.0.1", address(listener), manner)) {
        assertAnswered(client);
        assertThat(client.hadEarlyData()).isFalse();
      }
    }
    assertThat(full).hasValue(1);
  }

  /** RFC 9000 section 9.3: as behind a NAT that has forgotten the client. */
  @Test
  void clientWhosePortChanges_keepsItsConnection_andGetsTheAnswerThatWaits() {
    long before = node.count(Counter.QUIC_MIGRATED);
    try (Nat nat = new Nat(address(0));
        QuicClient client = new QuicClient("127.0.0.1", nat.address())) {
      Stream waiting = client.query(query(1, "a.held.test", Type.A));
      TestFilter.Held held = filter.next();
      nat.rebind();
      assertAnswered(client);
      node.awaitCount(Counter.QUIC_MIGRATED, before + 1);

      held.decide(Verdict.rcode(Rcode.REFUSED));
      assertThat(waiting.message()[3] & 0xf).isEqualTo(Rcode.REFUSED);
    }
  }

  private record Counting(AtomicInteger full) implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {
      throw new AssertionError();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      full.incrementAndGet();
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
