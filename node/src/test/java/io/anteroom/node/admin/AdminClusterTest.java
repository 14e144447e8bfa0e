// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.anteroom.node.testing.HttpCaller;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.Verdict;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Queries that wait on one node, seen and decided through another. */
final class AdminClusterTest {
  private static final Duration SOON = Duration.ofMinutes(3);
  private static final String SUSPENDED = "/api/v1/suspended";
  private static final int MANY = 350;

  @TempDir private static Path directory;
  private static final TestFilter silent = new TestFilter();
  private static TestNode one;
  private static TestNode two;
  private static HttpCaller throughOne;
  private static HttpCaller throughTwo;
  private final UdpClient client = one.udp();

  @BeforeAll
  static void start() throws Exception {
    one = TestNode.start(settings(""), Map.of("silent", silent));
    int port = one.node().system().address().getPort().orElseThrow();
    two = TestNode.start(settings("\"127.0.0.1:" + port + "\""), Map.of());
    String token = Files.readString(directory.resolve("token")).strip();
    throughOne = new HttpCaller(one.node().adminAddress()).withToken(token);
    throughTwo = new HttpCaller(two.node().adminAddress()).withToken(token);
    await().atMost(SOON).until(() -> throughTwo.get(SUSPENDED).json().path("unanswered").isEmpty());
    await()
        .atMost(SOON)
        .until(() -> throughTwo.get("/api/v1/filters").json().path("filters").size() == 2);
  }

  @AfterAll
  static void stop() {
    two.close();
    one.close();
  }

  @AfterEach
  void endAll() {
    for (JsonNode waiting : list(1000).path("suspended")) {
      throughOne.post(path(waiting) + "/drop", "");
    }
    one.assertAtRest();
    client.close();
  }

  private static String settings(String seeds) {
    return """
    filters.silent { async-id = 7, timeout = 50s }
    rules.query = [ { match = all, action { suspend = silent } } ]
    admin { address = "127.0.0.1:0", token-file = "%s" }
    cluster.seeds = [%s]
    """
        .formatted(directory.resolve("token"), seeds);
  }

  @Test
  void list_showAndResume_workFromTheOtherNode() {
    byte[] query = query(9, "a.example", Type.A);
    client.send(query);
    JsonNode waiting =
        await()
            .atMost(SOON)
            .until(() -> list(100).path("suspended"), all -> all.size() == 1)
            .get(0);
    assertThat(waiting.path("name").textValue()).isEqualTo("a.example.");
    assertThat(waiting.path("node").textValue()).isEqualTo(name(one));

    JsonNode shown = throughTwo.get(path(waiting)).json();
    assertThat(shown.path("name").textValue()).isEqualTo("a.example.");
    assertThat(shown.path("node").textValue()).isEqualTo(name(one));
    assertThat(shown.path("instance").textValue()).contains(name(one), "embedded-filter-7");
    assertThat(shown.path("leftMillis").asLong()).isBetween(1L, 50_000L);

    HttpCaller.Answer result =
        throughTwo.post(path(waiting) + "/resume", "{\"verdict\": \"refuse\"}");
    assertThat(result.status()).as(result.body()).isEqualTo(200);
    Message answer = client.receiveAnswerTo(query);
    assertThat(answer.getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(throughTwo.post(path(waiting) + "/resume", "").status()).isEqualTo(409);
  }

  @Test
  void list_ofManyPages_isWhole() {
    silent.forget();
    for (int i = 0; i < MANY; i++) {
      client.send(query(i, "n" + i + ".example", Type.A));
    }
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              JsonNode all = list(1000);
              assertThat(all.path("suspended")).hasSize(MANY);
              assertThat(all.path("total").asInt()).isEqualTo(MANY);
              assertThat(list(120).path("suspended")).hasSize(120);
            });
    for (int i = 0; i < MANY; i++) {
      silent.next().decide(Verdict.drop());
    }
  }

  @Test
  void filters_tellOfBothNodes() {
    JsonNode filters = throughTwo.get("/api/v1/filters").json().path("filters");

    assertThat(filters)
        .extracting(filter -> filter.path("node").textValue())
        .containsExactlyInAnyOrder(name(one), name(two));
    assertThat(filters)
        .allSatisfy(filter -> assertThat(filter.path("service").textValue()).isEqualTo("silent"));
  }

  private static JsonNode list(int limit) {
    return throughTwo.get(SUSPENDED + "?limit=" + limit).json();
  }

  private static String name(TestNode node) {
    return "127.0.0.1:" + node.node().system().address().getPort().orElseThrow();
  }

  private static String path(JsonNode waiting) {
    return SUSPENDED + "/" + waiting.path("key").textValue();
  }
}
