// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.anteroom.node.config.Addresses;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.HttpCaller;
import io.anteroom.node.testing.QueryLoad;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestNode;
import io.anteroom.protocol.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The upstream servers of a running node, looked at and set over HTTP. */
final class UpstreamsHttpTest {
  private static final String DEFAULT = "/api/v1/upstreams/default";

  @TempDir private static Path directory;
  private static final List<Asked> held = new CopyOnWriteArrayList<>();
  private static final ScriptedServer old = ScriptedServer.start(held::add);
  private static final ScriptedServer next = ScriptedServer.start(Asked::answer);
  private static TestNode node;
  private static HttpCaller anybody;
  private static HttpCaller operator;

  @BeforeAll
  static void start() throws Exception {
    Path token = directory.resolve("token");
    node =
        TestNode.start(
            """
            upstreams.default { servers = "%s", timeout = 30s, deadline = 30s }
            upstreams.other { servers = [] }
            admin { address = "127.0.0.1:0", token-file = "%s" }
            """
                .formatted(text(old), token),
            Map.of());
    anybody = new HttpCaller(node.node().adminAddress());
    operator = anybody.withToken(Files.readString(token).strip());
  }

  @AfterAll
  static void stop() {
    node.close();
    old.close();
    next.close();
  }

  @BeforeEach
  void asConfigured() {
    assertThat(set(text(old)).status()).isEqualTo(200);
  }

  private static String text(ScriptedServer server) {
    return Addresses.text(server.address());
  }

  private static HttpCaller.Answer set(String servers) {
    return operator.post(DEFAULT, "{\"servers\": \"" + servers + "\"}");
  }

  private static List<String> servers() {
    JsonNode rows = anybody.get("/api/v1/upstreams").json().path("upstreams");
    return rows.findValuesAsText("server");
  }

  @Test
  void list_showsEveryServer_withItsState() {
    JsonNode row = anybody.get("/api/v1/upstreams").json().path("upstreams").path(0);

    assertThat(row.path("pool").asText()).isEqualTo("default");
    assertThat(row.path("server").asText()).isEqualTo(text(old));
    assertThat(row.path("up").asBoolean()).isTrue();
    assertThat(row.path("failures").asInt()).isZero();
    assertThat(row.path("outstanding").asInt()).isZero();
    assertThat(row.path("latencyMicros").has("p99")).isTrue();
  }

  @Test
  void set_underLoad_oldQueriesEndAtTheOldServerAndNewOnesGoToTheNew() {
    try (QueryLoad load = new QueryLoad(node.address(Transport.UDP), "swap")) {
      for (int i = 0; i < 80; i++) {
        load.ask();
      }
      await().until(() -> held.size() == 80);

      assertThat(set(text(next)).status()).isEqualTo(200);
      for (int i = 0; i < 120; i++) {
        load.ask();
      }
      await().until(() -> load.received() == 120);
      held.forEach(Asked::answer);
      await().until(() -> load.received() == 200);

      assertThat(load.results()).isEqualTo(Map.of("NOERROR", 200));
      assertThat(old.queries()).hasSize(80);
      assertThat(next.queries()).hasSize(120);
    }
  }

  @Test
  void set_several_areListedAsGiven() {
    String servers = "192.0.2.1:53,dns://192.0.2.2:53?tcpport=54&weight=3";
    assertThat(set(servers).json().path("upstreams").findValuesAsText("server"))
        .containsExactly(servers.split(","));
    assertThat(servers()).containsExactly(servers.split(","));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "dns.example              | no IP address",
        "192.0.2.1,               | no IP address",
        "192.0.2.1:0              | no server can be at",
        "dns+tls://192.0.2.1      | needs ?hostname=NAME",
      })
  void set_badText_isRefusedAndNothingChanges(String servers, String why) {
    assertRefused(set(servers), why);
  }

  @Test
  void set_ownListener_isRefused() {
    String own = Addresses.text(node.address(Transport.TCP));
    assertRefused(set("192.0.2.1," + own), own + " is one of this node's own listeners");
  }

  @Test
  void set_tooMany_isRefused() {
    String many =
        IntStream.rangeClosed(1, 65).mapToObj(i -> "192.0.2." + i).collect(Collectors.joining(","));
    assertRefused(set(many), "are 65, at most 64");
  }

  @Test
  void set_otherBody_isRefused() {
    assertRefused(operator.post(DEFAULT, "{\"server\": \"192.0.2.1\"}"), "the body must be");
    assertRefused(operator.post(DEFAULT, "{"), "the body is no JSON");
    assertThat(operator.with("Content-Type", "text/plain").post(DEFAULT, "192.0.2.1").status())
        .isEqualTo(415);
  }

  private static void assertRefused(HttpCaller.Answer answer, String why) {
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().path("error").asText()).contains(why);
    assertThat(servers()).containsExactly(text(old));
  }

  @Test
  void set_unknownPool_isNotFound() {
    var answer = operator.post("/api/v1/upstreams/absent", "{\"servers\": \"192.0.2.1\"}");
    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.json().path("error").asText()).contains("no upstream pool");
  }

  @Test
  void set_withoutToken_isRefused() {
    assertThat(anybody.post(DEFAULT, "{\"servers\": \"192.0.2.1\"}").status()).isEqualTo(401);
    assertThat(servers()).containsExactly(text(old));
  }
}
