// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.anteroom.node.config.BlockAction;
import io.anteroom.node.config.BlockRule;
import io.anteroom.node.config.BlockRule.Measure;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.NodeSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What limits and blocks clients, as the configuration says it. */
final class LimitsConfigurationTest {
  @TempDir private Path directory;

  private static NodeSettings read(String settings) throws Exception {
    return NodeConfiguration.parse("anteroom { " + settings + " }").settings();
  }

  @Test
  void responseLimit_isOnUnlessSwitchedOff() throws Exception {
    var limit = read("").responseLimit();
    assertThat(limit.responsesPerSecond()).isEqualTo(200);
    assertThat(limit.slip()).isEqualTo(2);
    assertThat(limit.ipv4Prefix()).isEqualTo(24);
    assertThat(limit.ipv6Prefix()).isEqualTo(56);
    assertThat(limit.burst()).isEqualTo(200);
    assertThat(limit.exempt()).hasToString("[127.0.0.0/8, ::1]");
    assertThat(read("response-rate-limit = on").responseLimit()).isEqualTo(limit);
    assertThat(read("response-rate-limit = off").responseLimit()).isNull();
  }

  @Test
  void responseLimit_everySettingIsRead() throws Exception {
    var limit =
        read("""
                response-rate-limit {
                  responses-per-second = 7, slip = 3, ipv4-prefix = 32, ipv6-prefix = 64, burst = 9
                  table-size = 2048, exempt = ["192.0.2.0/24"]
                }
                """)
            .responseLimit();
    assertThat(limit.responsesPerSecond()).isEqualTo(7);
    assertThat(limit.slip()).isEqualTo(3);
    assertThat(limit.ipv4Prefix()).isEqualTo(32);
    assertThat(limit.ipv6Prefix()).isEqualTo(64);
    assertThat(limit.burst()).isEqualTo(9);
    assertThat(limit.tableSize()).isEqualTo(2048);
    assertThat(limit.exempt()).hasToString("[192.0.2.0/24]");
  }

  @Test
  void responseLimit_burst_isASecondsWorthUnlessGiven() throws Exception {
    assertThat(read("response-rate-limit { responses-per-second = 7 }").responseLimit().burst())
        .isEqualTo(7);
  }

  @Test
  void blocks_noRules_excludeLoopback() throws Exception {
    assertThat(read("").blocks().rules()).isEmpty();
    assertThat(read("").blocks().exclude()).hasToString("[127.0.0.0/8, ::1]");
    assertThat(read("blocks.exclude = []").blocks().exclude()).isEmpty();
  }

  @Test
  void blocks_rule_hasDefaults() throws Exception {
    assertThat(read("blocks.rules = [ { name = flood, query-rate.above = 50 } ]").blocks().rules())
        .containsExactly(
            new BlockRule(
                "flood",
                Measure.QUERY_RATE,
                Set.of(),
                50,
                0,
                0,
                Duration.ofSeconds(10),
                32,
                64,
                100_000,
                BlockAction.DROP,
                Duration.ofSeconds(60)));
  }

  @Test
  void blocks_rules_everySettingIsRead() throws Exception {
    var rules =
        read("""
                blocks.rules = [
                  {
                    name = guesses
                    rcode-rate { rcodes = [nxdomain, REFUSED], above = 20.5, warn-above = 10 }
                    window = 30s, ipv4-prefix = 24, ipv6-prefix = 48, max-clients = 2000
                    action = "set-tag guesses=many", for = 10m
                  }
                  {
                    name = broken
                    rcode-ratio { rcodes = servfail, above = 0.5, warn-above = 0.25, at-least = 7 }
                  }
                ]
                """)
            .blocks()
            .rules();
    assertThat(rules.get(0))
        .isEqualTo(
            new BlockRule(
                "guesses",
                Measure.RCODE_RATE,
                Set.of(3, 5),
                20.5,
                10,
                0,
                Duration.ofSeconds(30),
                24,
                48,
                2000,
                new BlockAction(BlockAction.Kind.SET_TAG, Map.of("guesses", "many")),
                Duration.ofMinutes(10)));
    assertThat(rules.get(1).measure()).isEqualTo(Measure.RCODE_RATIO);
    assertThat(rules.get(1).rcodes()).containsExactly(2);
    assertThat(rules.get(1).above()).isEqualTo(0.5);
    assertThat(rules.get(1).warnAbove()).isEqualTo(0.25);
    assertThat(rules.get(1).atLeast()).isEqualTo(7);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "response-rate-limit = maybe | anteroom.response-rate-limit: must be on or off",
        "response-rate-limit.responses-per-second = 0 | per-second: must be 1 to 1000000, not 0",
        "response-rate-limit.slip = 11 | anteroom.response-rate-limit.slip: must be 0 to 10",
        "response-rate-limit.ipv4-prefix = 40 | ipv4-prefix: must be 1 to 32, not 40",
        "response-rate-limit.ipv6-prefix = 0 | ipv6-prefix: must be 1 to 128, not 0",
        "response-rate-limit.exempt = [\"10.0.0.0/40\"] | exempt[0]: the prefix must be 0 to 32",
        "response-rate-limit.table-size = 1 | table-size: must be 1024 to",
        "response-rate-limit.limit = 1 | response-rate-limit.limit: unknown key",
        "blocks.exclude = [\"10.0.0.0/40\"] | anteroom.blocks.exclude[0]: the prefix must be 0 to",
        "blocks.rules = [ { query-rate.above = 1 } ] | blocks.rules[0].name: is missing",
        "blocks.rules = [ { name = a } ] | rules[0]: must have one of query-rate, rcode-rate",
        "blocks.rules = [ { name = a, query-rate.above = 1, rcode-rate.above = 1 } ]"
            + " | rules[0]: must have one of query-rate, rcode-rate, rcode-ratio, not query-rate and",
        "blocks.rules = [ { name = a, query-rate {} } ] | rules[0].query-rate.above: is missing",
        "blocks.rules = [ { name = a, query-rate.above = 0 } ] | above: must be 0.01 to 1000000.0",
        "blocks.rules = [ { name = a, query-rate.above = many } ] | above: must be a number",
        "blocks.rules = [ { name = a, query-rate { above = 5, warn-above = 5 } } ]"
            + " | query-rate.warn-above: must be less than above",
        "blocks.rules = [ { name = a, rcode-rate.above = 1 } ] | rcode-rate.rcodes: is missing",
        "blocks.rules = [ { name = a, rcode-rate { rcodes = [NOPE], above = 1 } } ]"
            + " | rcode-rate.rcodes[0]: unknown response code \"NOPE\"",
        "blocks.rules = [ { name = a, rcode-ratio { rcodes = [servfail], above = 1.5 } } ]"
            + " | rcode-ratio.above: must be 0.0 to 1.0, not 1.5",
        "blocks.rules = [ { name = a, query-rate.above = 1, action = explode } ]"
            + " | rules[0].action: unknown: \"explode\"",
        "blocks.rules = [ { name = a, query-rate.above = 1, action = set-tag } ]"
            + " | rules[0].action: names no tag",
        "blocks.rules = [ { name = a, query-rate.above = 1, action = \"set-tag =b\" } ]"
            + " | rules[0].action: a tag's name has",
        "blocks.rules = [ { name = a, query-rate.above = 1, window = 1h } ]"
            + " | rules[0].window: must be 1s to 10m",
        "blocks.rules = [ { name = a, query-rate.above = 100000, window = 1m } ]"
            + " | rules[0].window: is too long for this rate",
        "blocks.rules = [ { name = a, query-rate.above = 1, for = 48h } ]"
            + " | rules[0].for: must be 1s to 24h",
        "blocks.rules = [ { name = a, query-rate.above = 1, ipv4-prefix = 33 } ]"
            + " | rules[0].ipv4-prefix: must be 1 to 32",
        "blocks.rules = [ { name = a, query-rate.above = 1 }, { name = a, query-rate.above = 2 } ]"
            + " | rules[1].name: there is a rule \"a\" already",
        "rules.query = [ { match.client-rate.above = 0, action = drop } ]"
            + " | rules.query[0].match.client-rate.above: must be 1 to 1000000, not 0",
        "rules.query = [ { match.client-rate {}, action = drop } ]"
            + " | rules.query[0].match.client-rate.above: is missing",
        "rules.query = [ { match.client-rate { above = 1, ipv4-prefix = 40 }, action = drop } ]"
            + " | match.client-rate.ipv4-prefix: must be 1 to 32, not 40",
        "rules.query = [ { match.client-rate { above = 1, per = 1d }, action = drop } ]"
            + " | match.client-rate.per: must be 1s to 1h",
        "rules.query = [ { match.name-rate { above = 1, labels = -1 }, action = drop } ]"
            + " | match.name-rate.labels: must be 0 to 127",
        "rules.query = [ { match.rate { above = 1, max-entries = 2000 }, action = drop } ]"
            + " | match.rate.max-entries: unknown key",
        "rules.query = [ { match.name-rate { above = 1, label = 1 }, action = drop } ]"
            + " | match.name-rate.label: unknown key; did you mean \"labels\"?",
      })
  void load_bad_saysFileLineAndKey(String settings, String what) throws Exception {
    Path file = Files.writeString(directory.resolve("a.conf"), "anteroom {\n" + settings + "\n}");

    var failure =
        catchThrowableOfType(InvalidConfiguration.class, () -> NodeConfiguration.load(file));

    assertThat(failure.messages())
        .anySatisfy(message -> assertThat(message).startsWith(file + ":2: ").contains(what));
  }
}
