// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.testing.Queries;
import io.anteroom.node.wire.WireName;
import io.anteroom.protocol.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NameListTest {
  private static final String START = "$TTL 60\n@ SOA a. b. 1 2 3 4 5\n";

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      value = {
        "ads.example > ads.example > true",
        "ads.example > x.ads.example > false",
        "ADS.Example. # why > ads.example > true",
        "! remark > remark > false",
        "*.ads.example > ads.example > true",
        "*.ads.example > a.b.ads.example > true",
        "||ads.example^ > b.ads.example > true",
        "0.0.0.0 one.example two.example > two.example > true",
        "::1 localhost ip6-loopback > localhost > false",
        "0.0.0.0 0.0.0.0 > 0.0.0.0 > false",
        "127.0.0.1 a.example # b.example > b.example > false",
      })
  void contains_eachForm(String line, String name, boolean listed) throws Exception {
    assertThat(read(line + "\n").contains(WireName.parse(name))).isEqualTo(listed);
  }

  @Test
  void lookUp_exactNameBelowASuffix_doesNotHideTheSuffix() throws Exception {
    NameList list = read("*.example\nb.c.example\n");

    assertThat(list.contains(WireName.parse("a.b.c.example"))).isTrue();
    assertThat(list.contains(WireName.parse("b.c.example"))).isTrue();
    assertThat(list.contains(WireName.parse("example2"))).isFalse();
  }

  @Test
  void policyZone_theClosestEntryCounts_andANameBeforeAWildcard() throws Exception {
    NameList list =
        read(
            START
                + """
                *.example CNAME .
                *.good.example CNAME rpz-passthru.
                bad.good.example CNAME *.
                32.1.2.0.192.rpz-ip CNAME .
                """);

    assertThat(word(list, "a.example")).isEqualTo(NameList.Word.NXDOMAIN);
    assertThat(word(list, "good.example")).isEqualTo(NameList.Word.NXDOMAIN);
    assertThat(word(list, "x.good.example")).isEqualTo(NameList.Word.PASSTHRU);
    assertThat(word(list, "bad.good.example")).isEqualTo(NameList.Word.NODATA);
    assertThat(word(list, "x.bad.good.example")).isEqualTo(NameList.Word.PASSTHRU);
    assertThat(list.find(WireName.parse("example"))).isEqualTo(NameList.NONE);
  }

  @Test
  void policyZone_otherTriggers_areLeftOut_andSaidSo() throws Exception {
    Path file = write(START + "32.1.2.0.192.rpz-ip CNAME .\nns.x.rpz-nsdname CNAME .\n");
    ListFile list = list(file, 1 << 20);

    assertThat(list.load().remarks())
        .singleElement()
        .asString()
        .contains("left out 2 records with triggers other than QNAME");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "good.example;a..b | names:2: domain name 'a..b' has an empty label",
        "good.example;two words | names:2: \"two words\" is no name of a host",
        "0.0.0.0 good.example;bad.example | names:2: must start with an address",
        "$TTL 60;@ SOA a. b. 1 2 3 4 5;x.example. CNAME . | names:3: x.example. is not in the zone rpz.",
        "$TTL 60;@ SOA a. b. 1 2 3 4 5;x CNAME rpz-nonsense. | names:3: x.rpz.: unknown policy rpz-nonsense.",
        "$TTL 60;@ SOA a. b. 1 2 3 4 5;x CN | names:3: Invalid type 'CN'",
      })
  void file_withABadLine_isRefusedWithItsPlace(String lines, String message) throws Exception {
    Path file = write(lines.replace(";", "\n") + "\n");

    assertThatThrownBy(() -> list(file, 1 << 20).load())
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(message);
  }

  @Test
  void file_tooLarge_isRefusedUnread() throws Exception {
    Path file = write("a.example\n".repeat(100));

    assertThatThrownBy(() -> list(file, 999).load())
        .hasMessageContaining("has 1000 bytes, more than max-bytes = 999");
  }

  @Test
  void file_ofBytesThatAreNoText_isRefused() throws Exception {
    Path file = directory.resolve("names");
    Files.write(file, new byte[] {'a', '\n', (byte) 0xff, (byte) 0xfe, '\n'});

    assertThatThrownBy(() -> list(file, 999).load()).hasMessageContaining("names:2: is not UTF-8");
  }

  @Test
  void million_names_takeLessThan100MB() throws Exception {
    String names =
        IntStream.range(0, 1_000_000)
            .mapToObj(i -> "name-" + i * 7919L + ".some-site.example\n")
            .collect(Collectors.joining());

    NameList list = read("*.below.example\n" + names);

    assertThat(list.size()).isEqualTo(1_000_001);
    assertThat(list.bytes()).isLessThan(100_000_000);
    assertThat(list.contains(WireName.parse("name-7919.some-site.example"))).isTrue();
    assertThat(list.contains(WireName.parse("x.name-7919.some-site.example"))).isFalse();
  }

  @Test
  void file_changedWhileTheNodeRuns_isReadAgain_wholeOrNotAtAll() throws Exception {
    Path file = write("one.example\n");
    Counters<Counter> counters = new Counters<>(Counter.class);
    Chains chains =
        NodeConfiguration.parse(
                "anteroom.rules.query = [ { match.list = \"%s\", action = drop } ]".formatted(file))
            .chains();
    try (RuleContext context = chains.context()) {
      context.open(pool -> true, counters);
      assertThat(isDropped(chains, "one.example")).isTrue();

      replace(file, "two.example\n");
      await().atMost(Duration.ofMinutes(2)).until(() -> isDropped(chains, "two.example"));
      assertThat(isDropped(chains, "one.example")).isFalse();
      assertThat(counters.get(Counter.LISTS_READ)).isEqualTo(1);

      replace(file, "three.example\nno..name\n");
      await().atMost(Duration.ofMinutes(2)).until(() -> counters.get(Counter.LISTS_FAILED) == 1);
      assertThat(isDropped(chains, "two.example")).isTrue();
      assertThat(isDropped(chains, "three.example")).isFalse();

      replace(file, "four.example\n");
      await().atMost(Duration.ofMinutes(2)).until(() -> isDropped(chains, "four.example"));

      Files.delete(file);
      await().atMost(Duration.ofMinutes(2)).until(() -> counters.get(Counter.LISTS_FAILED) == 2);
      assertThat(isDropped(chains, "four.example")).isTrue();
    }
  }

  private static boolean isDropped(Chains chains, String name) {
    return chains.run(Stage.QUERY, Queries.forName(name), 0) instanceof RuleOutcome.Drop;
  }

  private void replace(Path file, String text) throws IOException {
    Path other = Files.writeString(directory.resolve("next"), text);
    Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
  }

  private static NameList.Word word(NameList list, String name) {
    return list.word(list.find(WireName.parse(name)));
  }

  private ListFile list(Path file, long maxBytes) {
    return new ListFile(
        new ListSettings(file, ListSettings.Format.AUTO, false, maxBytes, 0.1, directory));
  }

  private Path write(String text) throws IOException {
    return Files.writeString(directory.resolve("names"), text);
  }

  private NameList read(String text) throws IOException {
    ListFile list = list(write(text), 1 << 30);
    list.load();
    return list.names();
  }
}
