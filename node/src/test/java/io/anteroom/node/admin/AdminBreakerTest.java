// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.anteroom.node.filter.CircuitBreaker;
import io.anteroom.node.testing.HttpCaller;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.Verdict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** How circuit breakers show in the HTTP interface and the metrics. */
final class AdminBreakerTest {
  @TempDir private static Path directory;
  private static final TestFilter slow = new TestFilter();
  private static final TestFilter held = new TestFilter();
  private static TestNode node;
  private static HttpCaller anybody;

  @BeforeAll
  static void start() {
    node =
        TestNode.start(
            """
            filters.slow {
              async-id = 1, timeout = 300ms, on-timeout = servfail
              breaker { ratio = 0.5, at-least = 1, window = 1h, probe-every = 10ms }
            }
            filters.held {
              async-id = 3, timeout = 50s
              breaker { ratio = 0.5, at-least = 1, window = 1h, probe-every = 10ms }
            }
            filters.unwatched { async-id = 2, breaker = off }
            rules.query = [
              { match { suffix = ["held"] }, action { suspend = held } }
              { match = all, action { suspend = slow } }
            ]
            zones = [ { origin = anteroom.test } ]
            admin { address = "127.0.0.1:0", token-file = "%s" }
            """
                .formatted(directory.resolve("token")),
            Map.of("slow", slow, "held", held));
    anybody = new HttpCaller(node.node().adminAddress());
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void breaker_showsHowItStands() {
    assertShown("unwatched", "off");
    assertShown("slow", "closed");
    byte[] query = query(1, "www.anteroom.test", Type.A);
    try (UdpClient client = node.udp()) {
      assertThat(client.ask(query).getRcode()).isEqualTo(Rcode.SERVFAIL);
      assertShown("slow", "open");

      await()
          .untilAsserted(
              () -> {
                client.send(query);
                assertShown("slow", "probing");
              });

      slow.on("www.anteroom.test", Verdict.proceed());
      await()
          .untilAsserted(
              () -> {
                client.send(query);
                assertShown("slow", "closed");
              });
    }
    node.assertAtRest();
  }

  @Test
  void verdict_ofAnOperatorAboutAProbe_closesNothing() throws Exception {
    CircuitBreaker breaker = node.node().services().get(3).breaker();
    breaker.ended(breaker.permit(), false);
    assertShown("held", "open");
    byte[] query = query(1, "a.held", Type.A);
    try (UdpClient client = node.udp()) {
      await()
          .untilAsserted(
              () -> {
                client.send(query);
                assertShown("held", "probing");
              });

      HttpCaller operator = anybody.withToken(Files.readString(directory.resolve("token")).strip());
      String path = "/api/v1/suspended/" + held.next().request().key() + "/drop";
      assertThat(operator.post(path, "").status()).isEqualTo(200);

      await().untilAsserted(() -> assertShown("held", "open"));
    }
    node.assertAtRest();
  }

  private static void assertShown(String service, String state) {
    JsonNode filters = anybody.get("/api/v1/filters").json().path("filters");
    assertThat(filters)
        .filteredOn(filter -> filter.path("service").textValue().equals(service))
        .extracting(filter -> filter.path("breaker").textValue())
        .containsExactly(state);
    String metrics = anybody.get("/metrics").body();
    for (String each : new String[] {"off", "closed", "open", "probing"}) {
      assertThat(metrics)
          .contains(
              "anteroom_filter_breaker_state{service=\"%s\",state=\"%s\"} %s"
                  .formatted(service, each, each.equals(state) ? "1.0" : "0.0"));
    }
  }
}
