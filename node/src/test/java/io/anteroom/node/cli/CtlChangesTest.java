// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.HttpCaller;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.Verdict;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** {@code anteroom ctl reload}, {@code rules} and {@code trace} against a node. */
final class CtlChangesTest {
  private static final String DROP = "name = n, match { suffix = [n.dept] }, action = drop";

  @TempDir private static Path directory;
  private static ScriptedServer upstream;
  private static final TestFilter judge = new TestFilter();
  private static TestNode node;
  private static Path file;
  private Terminal terminal;

  @BeforeAll
  static void start() {
    upstream = ScriptedServer.start(Asked::answer);
    file = directory.resolve("node.conf");
    TestNode.write(file, settings());
    node = TestNode.start(file, Map.of("judge", judge));
  }

  @AfterAll
  static void stop() {
    node.close();
    upstream.close();
  }

  @BeforeEach
  void as_at_the_start() {
    TestNode.write(file, settings());
    terminal = new Terminal(new ByteArrayInputStream(new byte[0]));
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> new Terminal().run(new FakeStarter(), all("rules", "reset")) == 0);
    // Another test may have had it load another file.
    assertThat(new Terminal().run(new FakeStarter(), all("reload"))).isZero();
  }

  private static String settings() {
    return """
    upstreams.default.servers = ["127.0.0.1:%d"]
    filters.judge { async-id = 1, timeout = 2s, on-timeout = refuse }
    rules.query = [
      { name = no, match { suffix = [no.dept] }, action { rcode = refused } }
      { name = ask, match { suffix = [ask.dept] }, action { suspend = judge } }
    ]
    rules.response = [ { name = seen, match = all, action = continue } ]
    admin { address = "127.0.0.1:0", token-file = "%s" }
    """
        .formatted(upstream.address().getPort(), directory.resolve("token"));
  }

  private static String[] all(String... args) {
    List<String> all = new ArrayList<>(List.of("ctl"));
    all.addAll(List.of(args));
    all.addAll(List.of("--admin", Addresses.text(node.node().adminAddress())));
    all.addAll(List.of("--token-file", directory.resolve("token").toString()));
    return all.toArray(String[]::new);
  }

  private int ctl(String... args) {
    return terminal.run(new FakeStarter(), all(args));
  }

  private static int rcode(String name) {
    try (UdpClient client = node.udp()) {
      return client.ask(DnsMessages.query(1, name, Type.A)).getRcode();
    }
  }

  @Test
  void reload_ofAGoodFile_isTold() {
    assertThat(ctl("reload")).isZero();
    assertThat(terminal.out()).contains(": loaded");
    assertThat(ctl("reload", "--all")).isZero();
  }

  @Test
  void reload_ofABadFile_showsWhatCheckShows_andFails() {
    TestNode.write(file, settings() + "colour = red\n");

    assertThat(ctl("reload")).isEqualTo(1);

    assertThat(terminal.out()).contains(": not loaded, as it was");
    String shown = terminal.err();
    Terminal check = new Terminal();
    assertThat(check.run(new FakeStarter(), "check", "--config", file.toString())).isEqualTo(1);
    assertThat(shown).isEqualTo(check.err()).contains("anteroom.colour: unknown key");
    String metrics = new HttpCaller(node.node().adminAddress()).get("/metrics").body();
    assertThat(metrics).contains("anteroom_config_reloads_total{result=\"failure\"}");
    assertThat(ctl("reload", "--json")).isEqualTo(1);
  }

  @Test
  void rules_list_showsThemInOrder() {
    assertThat(rcode("no.dept")).isEqualTo(Rcode.REFUSED);

    assertThat(ctl("rules", "list")).isZero();

    assertThat(terminal.out().lines().toList().get(0))
        .containsSubsequence("STAGE", "N", "NAME", "STATE", "HITS", "MATCH", "ACTION");
    assertThat(terminal.out())
        .containsSubsequence("query", "1", "no", "on", "query", "2", "ask", "response", "seen");
  }

  @Test
  void rules_addDisableEnableMoveRemove_areDone() {
    assertThat(ctl("rules", "add", "query", "--at", "1", DROP)).as(terminal.err()).isZero();
    assertThat(terminal.out()).contains("done: until the last node ends");
    assertThat(ctl("rules", "disable", "n")).isZero();
    assertThat(ctl("rules", "move", "n", "3")).isZero();
    assertThat(ctl("rules", "list", "--stage", "query")).isZero();
    assertThat(terminal.out()).containsSubsequence("no", "ask", "n ", "off", "n.dept", "drop");
    assertThat(ctl("rules", "enable", "n")).isZero();
    assertThat(ctl("rules", "remove", "n")).isZero();
    assertThat(ctl("rules", "remove", "n")).isEqualTo(1);
    assertThat(terminal.err()).contains("no rule is called \"n\"");
  }

  @Test
  void rules_addOfABadRule_tellsItsKey() {
    assertThat(ctl("rules", "add", "query", "name = n, match = all, action { rcod = refused }"))
        .isEqualTo(1);
    assertThat(terminal.err().lines())
        .anyMatch(line -> line.startsWith("anteroom: rule:1: "))
        .anyMatch(line -> line.contains("rule:1: action.rcod: unknown key"));
    assertThat(ctl("rules", "add", "nowhere", DROP)).isEqualTo(1);
    assertThat(terminal.err()).contains("stage: must be one of query, ");
    assertThat(ctl("rules", "add", "query", "match = all, action = drop")).isEqualTo(1);
    assertThat(terminal.err()).contains("name: is missing");
    assertThat(ctl("rules", "add", "query", "--at", "1", "--after", "no", DROP)).isEqualTo(2);
    assertThat(ctl("rules")).isEqualTo(2);
  }

  @Test
  void rules_survivesAReload() {
    assertThat(ctl("rules", "disable", "no")).isZero();
    assertThat(ctl("reload")).isZero();
    assertThat(rcode("x.no.dept")).isEqualTo(Rcode.NOERROR);

    TestNode.write(file, settings().replace("name = no,", "name = other,"));
    assertThat(ctl("reload")).isZero();

    assertThat(terminal.out()).contains("edit = disable, name = \"no\": no rule is called \"no\"");
    assertThat(rcode("x.no.dept")).isEqualTo(Rcode.REFUSED);
  }

  @Test
  void trace_showsEachRule_andAsksNobody() {
    long requested = node.count(1, SuspensionCounter.REQUESTED);
    assertThat(ctl("trace", "www.ask.dept")).isZero();

    assertThat(terminal.out().lines().map(line -> line.replaceAll("  +", " | ")))
        .containsExactly(
            "STAGE | RULE | RESULT",
            "query | no | is not for it",
            "query | ask | would wait for filter judge, at most 2s, then refuse; here it goes on",
            "local data | has nothing",
            "cache | miss",
            "upstream | pool default would be asked, servers [127.0.0.1:%d]"
                .formatted(upstream.address().getPort()),
            "answer | through the chains cache-inserted and response, which depends on it");
    assertThat(upstream.queries()).noneMatch(query -> query.name().contains("ask.dept"));
    assertThat(node.count(1, SuspensionCounter.REQUESTED)).isEqualTo(requested);
  }

  @Test
  void trace_ofWhatIsCachedOrAnswered_goesOnToTheEnd() {
    assertThat(rcode("kept.dept")).isEqualTo(Rcode.NOERROR);

    assertThat(ctl("trace", "kept.dept", "A", "127.0.0.2", "--transport", "tcp")).isZero();
    assertThat(terminal.out())
        .containsSubsequence("cache", "hit, NOERROR with 1 record", "seen", "answer", "NOERROR");
    assertThat(ctl("trace", "no.dept", "MX")).isZero();
    assertThat(terminal.out()).contains("answers, REFUSED with 0 records");
    assertThat(ctl("trace", "a.dept", "A", "8.8.8.8")).isZero();
    assertThat(terminal.out()).contains("none of those who may ask");
  }

  @Test
  void trace_ofWhatAFilterHasDecided_obeysTheVerdict() {
    judge.on("held.ask.dept", Verdict.rcode(Rcode.REFUSED).holdsFor(Duration.ofHours(1)));
    assertThat(rcode("held.ask.dept")).isEqualTo(Rcode.REFUSED);

    assertThat(ctl("trace", "held.ask.dept")).isZero();
    assertThat(terminal.out())
        .containsSubsequence(
            "ask",
            "does not wait, as a verdict of filter judge holds: rcode 5",
            "answer",
            "REFUSED")
        .doesNotContain("upstream");
  }

  @Test
  void trace_ofWhatEndsBeforeTheRules_saysSo() {
    assertThat(ctl("trace", "a.dept", "ANY")).isZero();
    assertThat(terminal.out()).contains("HINFO, before any rule").doesNotContain("query ");
    assertThat(ctl("blocks", "add", "10.7.0.0/16", "--action", "refuse", "--for", "1h")).isZero();
    await()
        .untilAsserted(
            () -> {
              Terminal fresh = new Terminal();
              fresh.run(new FakeStarter(), all("trace", "a.dept", "A", "10.7.0.1"));
              assertThat(fresh.out())
                  .contains("10.7.0.0/16 is blocked by operator: refuse")
                  .doesNotContain("query ");
            });
  }

  @Test
  void trace_badInput_isToldOf() {
    assertThat(ctl("trace", "a..b")).isEqualTo(1);
    assertThat(terminal.err()).contains("name: ");
    assertThat(ctl("trace", "a.dept", "COLOUR")).isEqualTo(1);
    assertThat(terminal.err()).contains("type: unknown DNS type COLOUR");
    assertThat(ctl("trace", "a.dept", "A", "300.1.1.1")).isEqualTo(1);
    assertThat(terminal.err()).contains("client: ");
    assertThat(ctl("trace", "a.dept", "A", "1.1.1.1", "--transport", "pigeon")).isEqualTo(1);
    assertThat(terminal.err()).contains("transport: unknown, pigeon");
    assertThat(ctl("trace", "a.dept", "AXFR")).isEqualTo(1);
    assertThat(terminal.err()).contains("refused before any rule: transfer");
  }
}
