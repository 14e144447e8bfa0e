// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.testing.HttpCaller;
import io.anteroom.node.testing.TestNode;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code anteroom ctl blocks}, and the paths of HTTP that it uses, against a node. */
final class CtlBlocksTest {
  private static final String PATH = "/api/v1/blocks";

  @TempDir private static Path directory;
  private static TestNode node;
  private static HttpCaller anybody;
  private static HttpCaller operator;
  private final Terminal terminal = new Terminal(new ByteArrayInputStream(new byte[0]));

  @BeforeAll
  static void start() throws Exception {
    Path token = directory.resolve("token");
    node =
        TestNode.start(
            "admin { address = \"127.0.0.1:0\", token-file = \"%s\" }".formatted(token), Map.of());
    anybody = new HttpCaller(node.node().adminAddress());
    operator = anybody.withToken(Files.readString(token).strip());
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private int blocks(String... args) {
    List<String> all = new ArrayList<>(List.of("ctl", "blocks"));
    all.addAll(List.of(args));
    all.addAll(List.of("--admin", Addresses.text(node.node().adminAddress())));
    all.addAll(List.of("--token-file", directory.resolve("token").toString()));
    return terminal.run(new FakeStarter(), all.toArray(String[]::new));
  }

  private static List<String> blocked() {
    return anybody.get(PATH).json().path("blocks").findValuesAsText("clients");
  }

  @Test
  void add_list_remove() {
    assertThat(blocks("add", "192.0.2.0/24", "--action", "set-tag abuser=yes", "--for", "2h"))
        .isZero();
    assertThat(terminal.out()).contains("192.0.2.0/24: blocked");
    await().until(() -> blocked().contains("192.0.2.0/24"));

    assertThat(blocks("list")).isZero();
    assertThat(terminal.out()).containsSubsequence("CLIENTS", "ACTION", "REASON", "NODE", "LEFT");
    assertThat(terminal.out())
        .containsSubsequence("192.0.2.0/24", "set-tag abuser=yes", "operator", "127.0.0.1:", "s");
    assertThat(anybody.get("/metrics").body()).contains("anteroom_blocks{action=\"set_tag\"} 1.0");

    assertThat(blocks("remove", "192.0.2.0/24")).isZero();
    assertThat(terminal.out()).contains("192.0.2.0/24: no longer blocked");
    await().until(() -> !blocked().contains("192.0.2.0/24"));
  }

  @Test
  void add_withoutMore_dropsForAMinute() {
    assertThat(blocks("add", "2001:0db8::1")).isZero();
    await().until(() -> blocked().contains("2001:db8::1"));
    assertThat(blocks("list")).isZero();
    assertThat(terminal.out()).containsPattern("2001:db8::1 +drop +operator +\\S+ +(59|60)\\.");
  }

  @Test
  void remove_whatIsNotBlocked_isToldOf() {
    assertThat(blocks("remove", "198.51.100.1")).isEqualTo(1);
    assertThat(terminal.err()).contains("198.51.100.1 is not blocked");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10.0.0.0/40 | drop    | 1m | the prefix must be 0 to 32",
        "10.0.0.1/8  | drop    | 1m | bits are set behind the prefix",
        "10.0.0.1    | explode | 1m | unknown: \"explode\"",
        "10.0.0.1    | drop    | 2d | a block lasts 1s to 24h",
        "10.0.0.1    | drop    | 60 | a block lasts 1s to 24h",
        "10.0.0.1    | drop    | xx | a block lasts 1s to 24h",
      })
  void add_bad_isWrongUse_andRefusedByHttp(
      String clients, String action, String duration, String why) {
    assertThat(blocks("add", clients, "--action", action, "--for", duration)).isEqualTo(2);
    assertThat(terminal.err()).contains(why);

    var answer =
        operator.post(
            PATH,
            "{\"clients\": \"%s\", \"action\": \"%s\", \"for\": \"%s\"}"
                .formatted(clients, action, duration));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().path("error").asText()).contains(why);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{}", "[]", "{\"clients\": 5}", "{\"clients\": \"::1\", \"x\": \"y\"}", "{"})
  void post_otherBody_isRefused(String body) {
    assertThat(operator.post(PATH, body).status()).isEqualTo(400);
    assertThat(operator.post(PATH + "/remove", body).status()).isEqualTo(400);
  }

  @Test
  void post_withoutToken_isRefused() {
    assertThat(anybody.post(PATH, "{\"clients\": \"192.0.2.9\"}").status()).isEqualTo(401);
    assertThat(anybody.post(PATH + "/remove", "{\"clients\": \"192.0.2.9\"}").status())
        .isEqualTo(401);
  }

  @Test
  void commandMissing_isWrongUse() {
    assertThat(terminal.run(new FakeStarter(), "ctl", "blocks")).isEqualTo(2);
  }
}
