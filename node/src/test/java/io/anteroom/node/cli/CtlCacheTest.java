// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.testing.Asked;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Type;

/** {@code anteroom ctl cache} against a node. */
final class CtlCacheTest {
  @TempDir private static Path directory;
  private static final ScriptedServer upstream = ScriptedServer.start(Asked::answer);
  private static final TestFilter filter = new TestFilter();
  private static TestNode node;
  private final Terminal terminal = new Terminal(new ByteArrayInputStream(new byte[0]));

  @BeforeAll
  static void start() {
    node =
        TestNode.start(
            """
            upstreams.default.servers = ["127.0.0.1:%d"]
            filters.holder { async-id = 7 }
            rules.query = [ { match = all, action { suspend = holder } } ]
            admin { address = "127.0.0.1:0", token-file = "%s" }
            """
                .formatted(upstream.address().getPort(), directory.resolve("token")),
            Map.of("holder", filter));
  }

  @AfterAll
  static void stop() {
    node.close();
    upstream.close();
  }

  private int cache(String... args) {
    List<String> all = new ArrayList<>(List.of("ctl", "cache"));
    all.addAll(List.of(args));
    all.addAll(List.of("--admin", Addresses.text(node.node().adminAddress())));
    all.addAll(List.of("--token-file", directory.resolve("token").toString()));
    return terminal.run(new FakeStarter(), all.toArray(String[]::new));
  }

  private static void ask(String name) {
    filter.on(name, Verdict.proceed().holdsFor(Duration.ofHours(1)).withSubtree());
    try (UdpClient client = node.udp()) {
      client.ask(query(1, name, Type.A));
    }
  }

  @Test
  void purge_saysHowMuchWent() {
    ask("a.purge.example");
    ask("b.purge.example");

    assertThat(cache("purge", "a.purge.example")).isZero();
    assertThat(terminal.out()).contains("1 answer and 1 verdict gone on 1 node");
    assertThat(cache("purge", "--suffix", "purge.example", "--verdicts")).isZero();
    assertThat(terminal.out()).contains("0 answers and 1 verdict gone on 1 node");
    assertThat(cache("purge", "--suffix", "purge.example", "--answers", "--type", "A")).isZero();
    assertThat(terminal.out()).contains("1 answer and 0 verdicts gone on 1 node");
  }

  @Test
  void purge_ofWhatIsNotThere_saysSo() {
    assertThat(cache("purge", "nowhere.example")).isZero();
    assertThat(terminal.out()).contains("nothing of that was there on 1 node");
  }

  @Test
  void purge_ofAnUnknownPool_isToldOf() {
    assertThat(cache("purge", "--pool", "nobody")).isEqualTo(1);
    assertThat(terminal.err()).contains("no upstream pool is called nobody");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          purge                            | Missing required argument
          purge a..b                       | name:
          purge a.example --all            | mutually exclusive
          purge --all --pool default       | mutually exclusive
          purge --all --answers --verdicts | mutually exclusive
          purge --all --type NONSENSE      | unknown DNS type
          dump --limit many                | --limit
          dump --name a --suffix b         | mutually exclusive
          """)
  void wrongUse_isToldOf(String words, String message) {
    assertThat(cache(words.split(" "))).isEqualTo(2);
    assertThat(terminal.err()).contains(message);
  }

  @Test
  void dump_beyondTheBound_isToldOf() {
    assertThat(cache("dump", "--limit", "10001")).isEqualTo(1);
    assertThat(terminal.err()).contains("limit must be 1 to 10000");
  }

  @Test
  void stats_showsBothCaches() {
    assertThat(cache("stats")).isZero();
    assertThat(terminal.out())
        .containsSubsequence("NODE", "CACHE", "ENTRIES", "HITS", "answers", "verdicts");
  }

  @Test
  void dump_showsAnswersAndVerdicts() {
    ask("c.dump.example");

    assertThat(cache("dump", "--suffix", "dump.example")).isZero();
    assertThat(terminal.out())
        .containsSubsequence("NAME", "RCODE", "TTL", "c.dump.example.", "A", "default", "NOERROR")
        .contains("1 listed");
    assertThat(cache("dump", "--verdicts", "--name", "c.dump.example")).isZero();
    assertThat(terminal.out())
        .containsSubsequence("*.c.dump.example.", "A", "holder", "127.0.0.1", "continue");
  }

  @Test
  void commandMissing_isWrongUse() {
    assertThat(terminal.run(new FakeStarter(), "ctl", "cache")).isEqualTo(2);
  }
}
