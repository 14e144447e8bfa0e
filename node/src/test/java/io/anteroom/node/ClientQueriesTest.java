// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.HttpsNode.target;
import static io.anteroom.node.testing.DnsMessages.query;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.Http1Reply;
import io.anteroom.node.testing.Https3Client;
import io.anteroom.node.testing.HttpsClient;
import io.anteroom.node.testing.QuicClient;
import io.anteroom.node.testing.TcpClient;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.TlsFiles;
import io.anteroom.node.testing.TlsHandshake;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.net.InetSocketAddress;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Type;

/** The bound of queries that a client has in flight on all its connections of HTTPS and QUIC. */
final class ClientQueriesTest {
  private static final int ASYNC_ID = 1;
  private static final int MAX_QUERIES = 3;
  private static final int TOO_MANY = 429;
  private static final int EXCESSIVE_LOAD = 4;
  private static final Verdict REFUSED = Verdict.rcode(5);

  private static final TestFilter filter = new TestFilter();
  private static TestNode node;

  private int asked;

  @BeforeAll
  static void start() {
    String tls = TlsFiles.ofThisRun().block();
    StringBuilder listeners = new StringBuilder();
    for (String transport : new String[] {"https", "quic", "https3"}) {
      listeners.append(
          "{ transport = %s, address = \"127.0.0.1:0\", max-queries-per-client = %d, tls %s }%n"
              .formatted(transport, MAX_QUERIES, tls));
    }
    node =
        TestNode.start(
            """
            listeners = [
              %s
            ]
            loops = 1
            filters.judge { async-id = 1, timeout = 100s }
            rules.query = [ { match = all, action { suspend = judge } } ]
            """
                .formatted(listeners),
            Map.of("judge", filter));
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @AfterEach
  void allHasEnded() {
    filter.forget();
    node.assertAtRest();
  }

  /** A query that the filter holds. */
  private byte[] held() {
    return query(0, "q" + ++asked + ".held.test", Type.A);
  }

  private static InetSocketAddress address(Transport transport) {
    return node.address(transport);
  }

  private static String http1(byte[] query) {
    return "GET " + target(query) + " HTTP/1.1\r\nHost: node.test\r\n\r\n";
  }

  private TestFilter.Held post(HttpsClient client) {
    client.post(HttpsClient.PATH, held());
    return filter.next();
  }

  private void assertRefused(HttpsClient client) {
    long before = node.count(Counter.CLIENT_QUERIES_REFUSED);
    client.post(HttpsClient.PATH, held());
    assertThat(client.response().status()).isEqualTo(TOO_MANY);
    node.awaitCount(Counter.CLIENT_QUERIES_REFUSED, before + 1);
  }

  @Test
  void http_isRefused_untilOthersHaveEnded() {
    InetSocketAddress address = address(Transport.HTTPS);
    try (HttpsClient one = HttpsClient.connect(address);
        HttpsClient two = HttpsClient.connect(address);
        TcpClient old = TcpClient.tls("127.0.0.1", address, TlsHandshake.offering("http/1.1"));
        HttpsClient neighbour = HttpsClient.connect("127.0.0.2", address)) {
      TestFilter.Held first = post(one);
      var unused = post(two);
      old.sendRaw(http1(held()).getBytes(ISO_8859_1));
      TestFilter.Held third = filter.next();
      assertRefused(one);
      assertRefused(two);
      // A response to HTTP/1.1 comes in its turn.
      long before = node.count(Counter.CLIENT_QUERIES_REFUSED);
      old.sendRaw(http1(held()).getBytes(ISO_8859_1));
      node.awaitCount(Counter.CLIENT_QUERIES_REFUSED, before + 1);
      third.decide(REFUSED);
      assertThat(Http1Reply.next(old).status()).isEqualTo(200);
      assertThat(Http1Reply.next(old).status()).isEqualTo(TOO_MANY);
      post(neighbour).decide(REFUSED);
      assertThat(neighbour.response().status()).isEqualTo(200);

      unused = post(two);
      assertRefused(two);
      first.decide(REFUSED);
      assertThat(one.response().status()).isEqualTo(200);
      // Those of a connection that has gone do not count.
      long gone = node.count(ASYNC_ID, SuspensionCounter.CLIENT_GONE);
      two.stream().reset();
      node.awaitCount(ASYNC_ID, SuspensionCounter.CLIENT_GONE, gone + 2);
      for (int i = 0; i < MAX_QUERIES; i++) {
        unused = post(one);
      }
      assertRefused(one);
    }
  }

  @Test
  void quic_isReset_untilOthersHaveEnded() {
    InetSocketAddress address = address(Transport.QUIC);
    long before = node.count(Counter.CLIENT_QUERIES_REFUSED);
    long gone = node.count(ASYNC_ID, SuspensionCounter.CLIENT_GONE);
    try (QuicClient one = new QuicClient("127.0.0.1", address);
        QuicClient neighbour = new QuicClient("127.0.0.2", address)) {
      QuicClient.Stream first = one.query(held());
      TestFilter.Held waits = filter.next();
      try (QuicClient two = new QuicClient("127.0.0.1", address)) {
        for (int i = 1; i < MAX_QUERIES; i++) {
          var unused = two.query(held());
          var waitsToo = filter.next();
        }
        assertThat(one.query(held()).awaitReset()).isEqualTo(EXCESSIVE_LOAD);
        assertThat(two.query(held()).awaitReset()).isEqualTo(EXCESSIVE_LOAD);
        node.awaitCount(Counter.CLIENT_QUERIES_REFUSED, before + 2);
        QuicClient.Stream other = neighbour.query(held());
        filter.next().decide(REFUSED);
        assertThat(other.message()).isNotEmpty();

        waits.decide(REFUSED);
        assertThat(first.message()).isNotEmpty();
        var unused = one.query(held());
        var waitsToo = filter.next();
        assertThat(two.query(held()).awaitReset()).isEqualTo(EXCESSIVE_LOAD);
      }
      // Those of a connection that has gone do not count.
      node.awaitCount(ASYNC_ID, SuspensionCounter.CLIENT_GONE, gone + MAX_QUERIES - 1);
      for (int i = 1; i < MAX_QUERIES; i++) {
        var unused = one.query(held());
        var waitsToo = filter.next();
      }
      assertThat(one.query(held()).awaitReset()).isEqualTo(EXCESSIVE_LOAD);
    }
  }

  @Test
  void http3_isRefused_untilOthersHaveEnded() {
    InetSocketAddress address = address(Transport.HTTPS3);
    long before = node.count(Counter.CLIENT_QUERIES_REFUSED);
    try (Https3Client one = new Https3Client("127.0.0.1", address);
        Https3Client two = new Https3Client("127.0.0.1", address)) {
      Https3Client.Request first = post(one);
      TestFilter.Held waits = filter.next();
      for (int i = 1; i < MAX_QUERIES; i++) {
        var unused = post(two);
        var waitsToo = filter.next();
      }
      assertThat(post(one).status()).isEqualTo(TOO_MANY);
      assertThat(post(two).status()).isEqualTo(TOO_MANY);
      node.awaitCount(Counter.CLIENT_QUERIES_REFUSED, before + 2);

      waits.decide(REFUSED);
      assertThat(first.status()).isEqualTo(200);
      Https3Client.Request last = post(two);
      filter.next().decide(REFUSED);
      assertThat(last.status()).isEqualTo(200);
    }
  }

  private Https3Client.Request post(Https3Client client) {
    return client.request("POST", HttpsClient.PATH, HttpsClient.TYPE, held());
  }
}
