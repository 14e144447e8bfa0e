// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import static io.anteroom.node.testing.DnsMessages.ednsQuery;
import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.anteroom.node.config.Addresses;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** {@code anteroom ctl}, against a node whose filter decides nothing. */
final class CtlTest {
  @TempDir private static Path directory;
  private static final TestFilter silent = new TestFilter();
  private static TestNode node;
  private static String admin;
  private final Terminal terminal = new Terminal();
  private final UdpClient client = node.udp();

  @BeforeAll
  static void start() {
    node =
        TestNode.start(
            """
            filters.silent { async-id = 7, timeout = 50s }
            filters.absent { async-id = 8 }
            filters.guard { async-id = 10, members = [silent, absent], decide = all }
            rules.query = [ { match = all, action { suspend = silent } } ]
            admin { address = "127.0.0.1:0", token-file = "%s" }
            """
                .formatted(directory.resolve("token")),
            Map.of("silent", silent));
    admin = Addresses.text(node.node().adminAddress());
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @AfterEach
  void rest() {
    node.assertAtRest();
    client.close();
    assertThat(terminal.out() + terminal.err()).doesNotContain("\tat ").doesNotContain("Exception");
  }

  @Test
  void status_saysHowTheNodeIs_andWhatIsWrong() {
    assertThat(ctl("status")).isEqualTo(CtlStatus.WRONG);

    String udp = Addresses.text(node.address(Transport.UDP));
    assertThat(terminal.out())
        .containsSubsequence("NODE", "STATE", "QUERIES", "HEAP", "ready", "2 of 3")
        .contains("udp " + udp)
        .containsPattern("WRONG  127\\.0\\.0\\.1:[0-9]+: filter absent: no instance is there");
  }

  @Test
  void status_asJson_hasTheSameExitCode() throws Exception {
    assertThat(ctl("status", "--json")).isEqualTo(CtlStatus.WRONG);

    JsonNode answer = JsonMapper.builder().build().readTree(terminal.out());
    assertThat(answer.path("nodes").path(0).path("ready").asBoolean()).isTrue();
    assertThat(answer.path("members").path(0).path("state").asText()).isEqualTo("up");
  }

  @Test
  void members_areListed() {
    assertThat(ctl("members")).isZero();

    assertThat(terminal.out())
        .containsSubsequence("MEMBER", "ROLE", "STATE", "REACHABLE", "node", "up", "yes");
  }

  @Test
  void list_show_resume() {
    byte[] query = query(1, "a.example", Type.A);
    String key = suspend(query);

    assertThat(ctl("suspended", "list")).isZero();
    assertThat(ctl("suspended", "show", key)).isZero();
    assertThat(ctl("suspended", "resume", key, "rcode", "3")).isZero();

    assertThat(client.receiveAnswerTo(query).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(terminal.out())
        .containsSubsequence(
            "KEY",
            "NAME",
            "LEFT",
            key,
            "silent",
            "a.example.",
            "1 suspended query",
            "transport",
            "udp",
            key + ": resumed");
    assertThat(terminal.err()).isEmpty();
  }

  @Test
  void resume_verdictOfManyWords_reachesTheClient() {
    byte[] query = ednsQuery(1, "a.example", Type.A, 1232);
    String key = suspend(query);

    assertThat(ctl("suspended", "resume", key, "refuse", "extended-error", "17", "why,  so"))
        .isZero();

    assertThat(DnsMessages.error(client.receiveAnswerTo(query)).getText()).isEqualTo("why,  so");
  }

  @Test
  void resume_help_tellsTheVerdicts() {
    assertThat(terminal.run(new FakeStarter(), "ctl", "suspended", "resume", "--help")).isZero();

    assertThat(terminal.out()).contains("ask-again", "message base64 DATA", "extended-error CODE");
  }

  @Test
  void drop_ends() {
    long before = node.count(7, SuspensionCounter.DROPPED);
    String key = suspend(query(1, "a.example", Type.A));

    assertThat(ctl("suspended", "drop", key)).isZero();
    assertThat(terminal.out()).contains(key + ": dropped");

    node.awaitCount(7, SuspensionCounter.DROPPED, before + 1);
    assertThat(ctl("suspended", "drop", key)).isEqualTo(1);
    assertThat(terminal.err()).contains("this query has ended already");
  }

  @Test
  void list_json_isTheAnswer() throws Exception {
    assertThat(ctl("suspended", "list", "--json", "--service", "silent")).isZero();

    JsonNode answer = JsonMapper.builder().build().readTree(terminal.out());
    assertThat(answer.path("total").asInt()).isZero();
    assertThat(answer.path("suspended").isArray()).isTrue();
  }

  @Test
  void filters_areListed() {
    assertThat(ctl("filters")).isZero();

    assertThat(terminal.out())
        .contains("SERVICE", "BREAKER", "silent", "closed", "embedded-filter-7")
        .containsSubsequence("GROUP", "DECIDE", "MEMBERS", "guard", "all", "silent, absent");
  }

  @Test
  void list_unknownService_isAnError() {
    assertThat(ctl("suspended", "list", "--service", "unheard-of")).isEqualTo(1);
    assertThat(terminal.err()).contains("no filter service is called unheard-of");
  }

  @Test
  void show_unknownKey_isAnError() {
    assertThat(ctl("suspended", "show", "7/12345")).isEqualTo(1);
    assertThat(terminal.err().strip())
        .isEqualTo("anteroom: no query with this key is suspended, nor was one of late");
  }

  @Test
  void verdict_thatComesTooLateOrToNoQuery_isAnError() {
    byte[] query = query(1, "late.example", Type.A);
    String key = suspend(query);
    assertThat(ctl("suspended", "resume", key, "nxdomain")).isZero();
    client.receiveAnswerTo(query);

    assertThat(ctl("suspended", "resume", key)).isEqualTo(1);
    assertThat(ctl("suspended", "drop", "7/12345")).isEqualTo(1);
    assertThat(ctl("suspended", "resume", "9/12345")).isEqualTo(1);

    assertThat(terminal.err().lines())
        .containsExactly(
            "anteroom: this query has ended already: decided, at its deadline, or because its"
                + " client has gone",
            "anteroom: no query with this key is suspended, nor was one of late",
            "anteroom: no filter service has the asyncID 9");
  }

  @ParameterizedTest
  @ValueSource(strings = {"12345", "7/x", "70000/1", "7/-1"})
  void key_ofWrongForm_isWrongUse(String key) {
    assertThat(ctl("suspended", "show", key)).isEqualTo(2);
    assertThat(ctl("suspended", "resume", key)).isEqualTo(2);
    assertThat(ctl("suspended", "drop", key)).isEqualTo(2);
    assertThat(terminal.err())
        .contains("Try 'anteroom ctl suspended show --help'")
        .contains("Try 'anteroom ctl suspended resume --help'")
        .contains("Try 'anteroom ctl suspended drop --help'");
  }

  @ParameterizedTest
  @CsvSource({"maybe", "rcode", "drop now", "message hex 00", "name a..b", "drop tag x"})
  void verdict_ofWrongForm_isWrongUse(String verdict) {
    assertThat(ctl("suspended", "resume", "7/1", verdict)).isEqualTo(2);
    assertThat(terminal.err()).contains("Try 'anteroom ctl suspended resume --help'");
  }

  @Test
  void commandMissing_isWrongUse() {
    assertThat(terminal.run(new FakeStarter(), "ctl")).isEqualTo(2);
    assertThat(terminal.run(new FakeStarter(), "ctl", "suspended")).isEqualTo(2);
    assertThat(terminal.err()).contains("Which command?");
  }

  @Test
  void admin_thatIsNoAddress_isWrongUse() {
    assertThat(terminal.run(new FakeStarter(), "ctl", "filters", "--admin", "here")).isEqualTo(2);
    assertThat(terminal.err()).contains("--admin");
  }

  @Test
  void node_thatDoesNotRun_isToldOf() {
    assertThat(terminal.run(new FakeStarter(), "ctl", "filters", "--admin", "127.0.0.1:1"))
        .isEqualTo(1);
    assertThat(terminal.err()).contains("no node answers at 127.0.0.1:1; is it running?");
  }

  @Test
  void host_thatIsUnknown_isToldOf() {
    String[] args = {"ctl", "filters", "--admin", "no-such-host.invalid:1"};
    assertThat(terminal.run(new FakeStarter(), args)).isEqualTo(1);
    assertThat(terminal.err()).contains("there is no host with the name in no-such-host.invalid:1");
  }

  @Test
  void token_thatIsAbsent_isToldOf() {
    assertThat(with(directory.resolve("absent"), "suspended", "drop", "7/1")).isEqualTo(1);
    assertThat(terminal.err()).contains("there is no admin token in");
  }

  @Test
  void token_ofAnotherNode_isToldOf() throws Exception {
    Path other = Files.writeString(directory.resolve("other"), "x".repeat(43));

    assertThat(with(other, "suspended", "drop", "7/1")).isEqualTo(1);
    assertThat(terminal.err()).contains("does not take the token in " + other);
  }

  private int ctl(String... args) {
    return with(directory.resolve("token"), args);
  }

  private int with(Path token, String... args) {
    List<String> all = new ArrayList<>(List.of("ctl"));
    all.addAll(List.of(args));
    all.addAll(List.of("--admin", admin, "--token-file", token.toString()));
    return terminal.run(new FakeStarter(), all.toArray(String[]::new));
  }

  /** Returns its key. */
  private String suspend(byte[] query) {
    client.send(query);
    return silent.next().request().key().toString();
  }
}
