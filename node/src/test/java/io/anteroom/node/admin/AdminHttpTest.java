// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.HttpCaller;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.protocol.sdk.Filter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** The HTTP interface of a node whose filter decides nothing, so that queries wait. */
final class AdminHttpTest {
  private static final int SILENT = 7;
  private static final String SUSPENDED = "/api/v1/suspended";

  @TempDir private static Path directory;
  private static TestNode node;
  private static HttpCaller anybody;
  private static HttpCaller operator;
  private final DnsClient client = node.udp();

  @BeforeAll
  static void start() throws Exception {
    Path token = directory.resolve("state").resolve("admin.token");
    Filter silent = new TestFilter();
    node =
        TestNode.start(
            """
            filters.silent { async-id = %d, timeout = 50s }
            filters.other { async-id = 8 }
            rules.query = [ { match = all, action { suspend = silent } } ]
            zones = [ { origin = anteroom.test } ]
            admin { address = "127.0.0.1:0", token-file = "%s" }
            """
                .formatted(SILENT, token),
            Map.of("silent", silent));
    anybody = new HttpCaller(node.node().adminAddress());
    operator = anybody.withToken(Files.readString(token).strip());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(token)))
        .isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(token.getParent())))
        .isEqualTo("rwx------");
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @AfterEach
  void endAll() {
    for (JsonNode waiting : list("").path("suspended")) {
      operator.post(path(waiting) + "/drop", "");
    }
    node.assertAtRest();
    client.close();
  }

  @Test
  void list_tellsWhatWaits() {
    suspend("a.example", Type.AAAA);

    JsonNode waiting = list("").path("suspended").get(0);

    assertThat(waiting.path("key").textValue()).startsWith(SILENT + "/");
    assertThat(waiting.path("service").textValue()).isEqualTo("silent");
    assertThat(waiting.path("name").textValue()).isEqualTo("a.example.");
    assertThat(waiting.path("type").textValue()).isEqualTo("AAAA");
    assertThat(waiting.path("client").textValue()).startsWith("127.0.0.1:");
    assertThat(waiting.path("stage").textValue()).isEqualTo("query");
    assertThat(waiting.path("leftMillis").asLong()).isBetween(1L, 50_000L);
    assertThat(waiting.path("ageMillis").asLong())
        .isEqualTo(50_000 - waiting.path("leftMillis").asLong());
    assertThat(list("").path("unanswered")).isEmpty();
  }

  @Test
  void list_limit_oldestAreListedAndAllCounted() {
    suspend("a.example", Type.A);
    suspend("b.example", Type.A);
    suspend("c.example", Type.A);

    JsonNode answer = list("?limit=2");

    assertThat(answer.path("suspended"))
        .extracting(waiting -> waiting.path("name").textValue())
        .containsExactly("a.example.", "b.example.");
    assertThat(answer.path("total").asInt()).isEqualTo(3);
  }

  @Test
  void list_service_isListedAlone() {
    suspend("a.example", Type.A);

    assertThat(list("?service=other").path("suspended")).isEmpty();
    assertThat(list("?service=silent").path("suspended")).hasSize(1);
    assertThat(anybody.get(SUSPENDED + "?service=unheard-of").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "10001", "-1", "many", "99999999999999999999"})
  void list_wrongLimit_isRefused(String limit) {
    assertThat(anybody.get(SUSPENDED + "?limit=" + limit).status()).isEqualTo(400);
  }

  @Test
  void show_tellsMore() {
    JsonNode listed = suspend("a.example", Type.A);

    HttpCaller.Answer answer = anybody.get(path(listed));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.head()).contains("Content-Type: application/json", "nosniff");
    JsonNode shown = answer.json();
    assertThat(shown.path("key")).isEqualTo(listed.path("key"));
    assertThat(shown.path("node")).isEqualTo(listed.path("node"));
    assertThat(shown.path("transport").textValue()).isEqualTo("udp");
    assertThat(shown.path("suspensions").asInt()).isEqualTo(1);
    assertThat(shown.path("instance").textValue()).contains("embedded-filter-" + SILENT);
    assertThat(shown.path("tags").isObject()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "                                            | NOERROR  | 192.0.2.80",
        "{\"verdict\": \"continue\"}                 | NOERROR  | 192.0.2.80",
        "{\"verdict\": \"refuse\"}                   | REFUSED  |",
        "{\"verdict\": \"nxdomain\"}                 | NXDOMAIN |",
        "{\"verdict\": \"rcode 4\"}                  | NOTIMP   |",
        "{\"verdict\": \"addresses 192.0.2.1,::1\"}  | NOERROR  | 192.0.2.1",
      })
  void resume_verdict_isTheAnswer(String body, String rcode, String address) {
    byte[] query = query(1, "www.anteroom.test", Type.A);
    JsonNode waiting = suspend(query);

    HttpCaller.Answer result = operator.post(path(waiting) + "/resume", body == null ? "" : body);

    assertThat(result.status()).as(result.body()).isEqualTo(200);
    assertThat(result.json().path("result").textValue()).isEqualTo("resumed");
    Message answer = client.receiveAnswerTo(query);
    assertThat(Rcode.string(answer.getRcode())).isEqualTo(rcode);
    assertThat(DnsMessages.addresses(answer))
        .extracting(any -> any.getHostAddress())
        .isEqualTo(address == null ? List.of() : List.of(address));
  }

  @Test
  void drop_endsWithoutAnswer() {
    long before = node.count(SILENT, SuspensionCounter.DROPPED);
    JsonNode waiting = suspend("a.example", Type.A);

    assertThat(operator.post(path(waiting) + "/drop", "").status()).isEqualTo(200);

    node.awaitCount(SILENT, SuspensionCounter.DROPPED, before + 1);
    assertThat(list("").path("suspended")).isEmpty();
  }

  @Test
  void verdict_ofAnOperator_saysNothingAboutTheService() {
    JsonNode waiting = suspend("a.example", Type.A);

    assertThat(operator.post(path(waiting) + "/resume", "").status()).isEqualTo(200);

    node.assertAtRest();
    JsonNode silent = anybody.get("/api/v1/filters").json().path("filters").get(0);
    assertThat(silent.path("counts").path("resumed").asInt()).isPositive();
    assertThat(silent.path("latencyMicros").path("count").asInt()).isZero();
  }

  @Test
  void verdicts_thatAreLateOrUnknownOrDoNotFit_areCounted() {
    long late = node.count(SILENT, SuspensionCounter.VERDICTS_LATE);
    long unknown = node.count(SILENT, SuspensionCounter.VERDICTS_UNKNOWN);
    long rejected = node.count(SILENT, SuspensionCounter.VERDICTS_REJECTED);
    JsonNode waiting = suspend("a.example", Type.A);

    operator.post(path(waiting) + "/resume", "{\"verdict\": \"pool nowhere\"}");
    assertThat(node.count(SILENT, SuspensionCounter.VERDICTS_REJECTED)).isEqualTo(rejected + 1);
    operator.post(path(waiting) + "/drop", "");
    assertThat(node.count(SILENT, SuspensionCounter.VERDICTS_LATE)).isEqualTo(late);
    operator.post(path(waiting) + "/drop", "");
    operator.post(path(waiting) + "/resume", "");
    assertThat(node.count(SILENT, SuspensionCounter.VERDICTS_LATE)).isEqualTo(late + 2);
    operator.post(SUSPENDED + "/7/12345/drop", "");
    operator.post(SUSPENDED + "/7/12345/resume", "");
    assertThat(node.count(SILENT, SuspensionCounter.VERDICTS_UNKNOWN)).isEqualTo(unknown + 2);
    anybody.get(SUSPENDED + "/7/12345");
    assertThat(node.count(SILENT, SuspensionCounter.VERDICTS_UNKNOWN)).isEqualTo(unknown + 2);
  }

  @Test
  void key_ofNoService_isToldOf() {
    assertThat(anybody.get(SUSPENDED + "/9/1").status()).isEqualTo(404);
    assertThat(operator.post(SUSPENDED + "/9/1/drop", "").body())
        .contains("no filter service has the asyncID 9");
  }

  @Test
  void key_thatHasEnded_isToldFromOneThatNeverWas() {
    JsonNode waiting = suspend("a.example", Type.A);
    operator.post(path(waiting) + "/drop", "");

    assertThat(operator.post(path(waiting) + "/resume", "").status()).isEqualTo(409);
    assertThat(anybody.get(path(waiting)).status()).isEqualTo(404);
    assertThat(anybody.get(path(waiting)).body()).contains("ended");
    assertThat(anybody.get(SUSPENDED + "/7/12345").status()).isEqualTo(404);
    assertThat(anybody.get(SUSPENDED + "/7/12345").body()).contains("no query");
    assertThat(operator.post(SUSPENDED + "/7/12345/drop", "").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x/1", "1/x", "65536/1", "1/-1", "1/9223372036854775808", "%00/1"})
  void key_ofWrongForm_isRefused(String key) {
    assertThat(anybody.get(SUSPENDED + "/" + key).status()).isEqualTo(400);
    assertThat(operator.post(SUSPENDED + "/" + key + "/resume", "").status()).isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "[]",
        "3",
        "{}",
        "{\"verdict\": 3}",
        "{\"verdict\": \"maybe\"}",
        "{\"verdict\": \"rcode 16\"}",
        "{\"verdict\": \"addresses\"}",
        "{\"verdict\": \"drop\", \"more\": 1}",
      })
  void resume_badBody_isRefusedAndTheQueryWaitsOn(String body) {
    JsonNode waiting = suspend("a.example", Type.A);

    HttpCaller.Answer answer = operator.post(path(waiting) + "/resume", body);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().path("error").textValue()).isNotEmpty();
    assertThat(anybody.get(path(waiting)).status()).isEqualTo(200);
  }

  @Test
  void resume_bodyOfAnotherType_isRefused() {
    HttpCaller form = operator.with("Content-Type", "application/x-www-form-urlencoded");

    assertThat(form.post(SUSPENDED + "/7/1/resume", "verdict=drop").status()).isEqualTo(415);
  }

  @ParameterizedTest
  @ValueSource(ints = {164_000, 1_000_000})
  void resume_bodyTooLarge_isRefused(int size) {
    HttpCaller.Answer answer =
        operator.post(SUSPENDED + "/7/1/resume", "{\"verdict\": \"" + "x".repeat(size) + "\"}");

    assertThat(answer.status()).isEqualTo(413);
  }

  @Test
  void resume_deeplyNestedBody_isRefused() {
    assertThat(operator.post(SUSPENDED + "/7/1/resume", "[".repeat(16_000)).status())
        .isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(strings = {"resume", "drop"})
  void write_withoutTheToken_isRefused(String word) {
    JsonNode waiting = suspend("a.example", Type.A);
    String path = path(waiting) + "/" + word;

    assertThat(anybody.post(path, "").status()).isEqualTo(401);
    assertThat(anybody.post(path, "").head()).contains("WWW-Authenticate: Bearer");
    assertThat(anybody.withToken("guessed").post(path, "").status()).isEqualTo(401);
    assertThat(anybody.with("Authorization", "Basic YTpi").post(path, "").status()).isEqualTo(401);
    assertThat(anybody.get(path(waiting)).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"evil.example", "evil.example:9153", "192.0.2.1", "127.0.0.1.evil.example"})
  void host_ofAnother_isRefused(String host) {
    assertThat(anybody.with("Host", host).get("/metrics").status()).isEqualTo(403);
    assertThat(anybody.with("Host", host).get(SUSPENDED).status()).isEqualTo(403);
    assertThat(operator.with("Host", host).post(SUSPENDED + "/7/1/drop", "").status())
        .isEqualTo(403);
  }

  @Test
  void host_localhost_isOurs() {
    assertThat(anybody.with("Host", "localhost:1").get(SUSPENDED).status()).isEqualTo(200);
  }

  @Test
  void origin_ofAnother_isRefused() {
    String ours = "http://127.0.0.1:" + node.node().adminAddress().getPort();

    assertThat(anybody.with("Origin", ours).get(SUSPENDED).status()).isEqualTo(200);
    assertThat(anybody.with("Origin", "http://evil.example").get(SUSPENDED).status())
        .isEqualTo(403);
    assertThat(anybody.with("Origin", "http://127.0.0.1:1").get(SUSPENDED).status()).isEqualTo(403);
    assertThat(anybody.with("Origin", "null").get(SUSPENDED).status()).isEqualTo(403);
  }

  @Test
  void path_unknown_is404() {
    for (String path :
        new String[] {"/", "/api", "/api/v1/x", "/metrics/x", "/api/v1/suspended/7"}) {
      assertThat(anybody.get(path).status()).as(path).isEqualTo(404);
      assertThat(anybody.get(path).json().has("error")).as(path).isTrue();
    }
  }

  @Test
  void method_wrong_is405() {
    assertThat(operator.post("/metrics", "").status()).isEqualTo(405);
    assertThat(operator.post(SUSPENDED, "").status()).isEqualTo(405);
    assertThat(operator.get(SUSPENDED + "/7/1/drop").status()).isEqualTo(405);
  }

  @Test
  void health_andReady_askForNothing() {
    assertThat(anybody.with("Host", "pod.example").get("/health").status()).isEqualTo(200);
    assertThat(anybody.with("Host", "pod.example").get("/ready").status()).isEqualTo(200);
  }

  @Test
  void filters_tellServicesAndInstances() {
    suspend("a.example", Type.A);

    await()
        .atMost(Duration.ofMinutes(2))
        .untilAsserted(
            () -> {
              JsonNode silent = anybody.get("/api/v1/filters").json().path("filters").get(0);
              assertThat(silent.path("service").textValue()).isEqualTo("silent");
              assertThat(silent.path("asyncId").asInt()).isEqualTo(SILENT);
              assertThat(silent.path("available").asBoolean()).isTrue();
              assertThat(silent.path("suspended").asInt()).isEqualTo(1);
              assertThat(silent.path("outstanding").asInt()).isEqualTo(1);
              assertThat(silent.path("instances").get(0).path("path").textValue())
                  .contains("embedded-filter-" + SILENT);
            });
    JsonNode other = anybody.get("/api/v1/filters").json().path("filters").get(1);
    assertThat(other.path("available").asBoolean()).isFalse();
    assertThat(other.path("instances")).isEmpty();
  }

  private JsonNode list(String query) {
    return anybody.get(SUSPENDED + query).json();
  }

  private JsonNode suspend(String name, int type) {
    return suspend(query(name.charAt(0), name, type));
  }

  /** Returns its line in the list. */
  private JsonNode suspend(byte[] query) {
    int before = list("").path("suspended").size();
    client.send(query);
    return await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> list("").path("suspended"), all -> all.size() == before + 1)
        .get(before);
  }

  private static String path(JsonNode waiting) {
    return SUSPENDED + "/" + waiting.path("key").textValue();
  }
}
