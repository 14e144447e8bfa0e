// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.Https3Client;
import io.anteroom.node.testing.Https3Client.Request;
import io.anteroom.node.testing.HttpsClient;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.TlsFiles;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Type;

/** DNS over HTTPS in HTTP/3: the requests that there are, and bad ones. */
final class Https3Test {
  private static final int ASYNC_ID = 1;
  private static final byte[] QUERY = query(0, "www.anteroom.test", Type.A);
  private static final String ENCODED =
      Base64.getUrlEncoder().withoutPadding().encodeToString(QUERY);
  private static final int REQUEST_CANCELLED = 0x10c;

  private static final TestFilter filter = new TestFilter();
  private static TestNode node;
  private static Https3Client client;

  @BeforeAll
  static void start() {
    node =
        TestNode.start(
            """
            listeners = [ { transport = https3, address = "127.0.0.1:0", tls %s } ]
            loops = 1
            zones = [ { origin = "anteroom.test" } ]
            filters.judge { async-id = 1, timeout = 60s }
            rules.query = [
              { match { suffix = ["held.test"] }, action { suspend = judge } }
              { match { suffix = ["drop.test"] }, action = drop }
            ]
            """
                .formatted(TlsFiles.ofThisRun().block()),
            Map.of("judge", filter));
    client = new Https3Client("127.0.0.1", node.address(Transport.HTTPS3));
  }

  @AfterAll
  static void stop() {
    client.close();
    node.close();
  }

  @AfterEach
  void allHasEnded() {
    filter.forget();
    node.assertAtRest();
  }

  private static Request post(byte[] body) {
    return client.request("POST", HttpsClient.PATH, HttpsClient.TYPE, body);
  }

  private static Request get(String target) {
    return client.request("GET", target, null, null);
  }

  private static void assertRefused(Request request, int status, Counter counter, long before) {
    assertThat(request.status()).isEqualTo(status);
    assertThat(request.header("content-type")).isEqualTo("text/plain");
    assertThat(request.header("content-length")).isEqualTo("" + request.body().length);
    node.awaitCount(counter, before + 1);
  }

  @Test
  void getAndPost_areAnswered_forAsLongAsTheTtl() {
    for (Request request : new Request[] {post(QUERY), get("/dns-query?dns=" + ENCODED)}) {
      assertThat(request.status()).isEqualTo(200);
      assertThat(request.header("content-type")).isEqualTo(HttpsClient.TYPE);
      assertThat(request.header("cache-control")).startsWith("max-age=");
      assertThat(request.header("content-length")).isEqualTo("" + request.body().length);
      assertThat(request.body()).hasSizeGreaterThan(QUERY.length);
    }
  }

  @Test
  void answersComeOutOfOrder() {
    Request held = post(query(0, "a.held.test", Type.A));
    TestFilter.Held waits = filter.next();
    assertThat(post(QUERY).status()).isEqualTo(200);
    waits.decide(Verdict.rcode(5));
    assertThat(held.body()[3] & 0xf).isEqualTo(5);
  }

  @Test
  void droppedQuery_is502() {
    long before = node.count(Counter.HTTP_UNANSWERED);
    assertRefused(
        post(query(0, "drop.test", Type.A)),
        HttpsClient.NO_ANSWER,
        Counter.HTTP_UNANSWERED,
        before);
  }

  @Test
  void requestThatIsNone_hasTheStatusOfItsFault() {
    long paths = node.count(Counter.HTTP_UNKNOWN_PATHS);
    assertRefused(get("/other?dns=" + ENCODED), 404, Counter.HTTP_UNKNOWN_PATHS, paths);
    long methods = node.count(Counter.HTTP_BAD_METHODS);
    Request put = client.request("PUT", HttpsClient.PATH, HttpsClient.TYPE, QUERY);
    assertRefused(put, 405, Counter.HTTP_BAD_METHODS, methods);
    assertThat(put.header("allow")).isEqualTo("GET, POST");
    long types = node.count(Counter.HTTP_BAD_TYPES);
    assertRefused(
        client.request("POST", HttpsClient.PATH, "text/plain", QUERY),
        415,
        Counter.HTTP_BAD_TYPES,
        types);
    for (Request request :
        new Request[] {
          get("/dns-query"), get("/dns-query?dns=%21"), post(new byte[0]), post(new byte[11])
        }) {
      assertThat(request.status()).isEqualTo(400);
    }
  }

  @Test
  void bodyOf70Kilobytes_is413() {
    long before = node.count(Counter.HTTP_TOO_LARGE);
    assertRefused(post(Arrays.copyOf(QUERY, 70_000)), 413, Counter.HTTP_TOO_LARGE, before);
    assertThat(post(QUERY).status()).isEqualTo(200);
  }

  @Test
  void cancelledRequest_freesWhatWaited() {
    long gone = node.count(ASYNC_ID, SuspensionCounter.CLIENT_GONE);
    Request request = post(query(0, "a.held.test", Type.A));
    filter.next();
    request.stop(REQUEST_CANCELLED);
    node.awaitCount(ASYNC_ID, SuspensionCounter.CLIENT_GONE, gone + 1);
    assertThat(post(QUERY).status()).isEqualTo(200);
  }

  @Test
  void headerFieldsAboveTheLimit_costTheConnection() {
    try (Https3Client large = new Https3Client("127.0.0.1", node.address(Transport.HTTPS3))) {
      large.request("GET", "/dns-query?dns=" + "A".repeat(20_000), null, null);
      assertThat(large.awaitClose().isApplicationClose()).isTrue();
    }
    assertThat(new String(post(new byte[1]).body(), US_ASCII)).contains("12 bytes");
  }
}
