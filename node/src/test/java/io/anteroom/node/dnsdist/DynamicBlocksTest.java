// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DynamicBlocksTest {
  @TempDir Path directory;
  private LoadedFile file;

  @BeforeEach
  void setUp() {
    file = new LoadedFile(directory);
  }

  @Test
  void groupsOfBlocks_becomeRules() {
    Model model =
        file.model(
            """
            local dbr = dynBlockRulesGroup()
            dbr:setQueryRate(30, 10, "Exceeded query rate", 60)
            dbr:setRCodeRate(DNSRCode.NXDOMAIN, 20, 10, "Exceeded NXD rate", 60, DNSAction.Refused, 5)
            dbr:setRCodeRatio(DNSRCode.SERVFAIL, 0.2, 10, "Exceeded NXD rate", 60, 20,
              DNSAction.SetTag, 0, {tagName="bad", tagValue="yes"})
            dbr:excludeRange({"192.0.2.1", "10.0.0.0/8"})
            dbr:setMasks(24, 64, 0)
            function maintenance() dbr:apply() end
            """);
    assertThat(model.blocks().exclude()).containsExactly("10.0.0.0/8", "192.0.2.1");
    assertThat(model.blocks().rules())
        .containsExactly(
            Map.of(
                "name",
                "Exceeded query rate",
                "query-rate",
                Map.of("above", 30L),
                "window",
                "10s",
                "for",
                "60s",
                "action",
                "drop",
                "ipv4-prefix",
                24L,
                "ipv6-prefix",
                64L),
            Map.of(
                "name",
                "Exceeded NXD rate",
                "rcode-rate",
                Map.of("above", 20L, "warn-above", 5L, "rcodes", List.of("3")),
                "window",
                "10s",
                "for",
                "60s",
                "action",
                "refuse",
                "ipv4-prefix",
                24L,
                "ipv6-prefix",
                64L),
            Map.of(
                "name",
                "Exceeded NXD rate 2",
                "rcode-ratio",
                Map.of("above", 0.2, "at-least", 20L, "rcodes", List.of("2")),
                "window",
                "10s",
                "for",
                "60s",
                "action",
                "set-tag bad=yes",
                "ipv4-prefix",
                24L,
                "ipv6-prefix",
                64L));
    assertThat(model.warnings()).isEmpty();
  }

  @Test
  void defaultActionOfBlocks_isWhatWasSetBefore() {
    Model model =
        file.model(
            """
            setDynBlocksAction(DNSAction.Truncate)
            DynBlockRulesGroup():setQueryRate(30, 10, "r", 60)
            """);
    assertThat(model.blocks().rules().get(0)).containsEntry("action", "truncate");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "setQueryRate() | #1 to 'DynBlockRulesGroup:setQueryRate' (number expected, got no value)",
        "setQueryRate(1, 10, 60, 5) | #3 to 'DynBlockRulesGroup:setQueryRate' (string expected",
        "setQueryRate(1, 10, 'r', 5, DNSAction.Pool) | blocked clients can't get action 6",
        "setQTypeRate(1, 5, 10, 'r', 60) | setQTypeRate is not supported: nearest: addAction(AndRule",
        "setSuffixMatchRule(10, 'r', 60) | setSuffixMatchRule is not supported",
        "setQueryRates(1) | did you mean \"setQueryRate\"?",
        "excludeRange('10.0.0.0/99') | the prefix must be 0 to 32",
      })
  void wrongBlocks_areErrorsWithLine(String call, String error) {
    assertThat(file.errors("\ndynBlockRulesGroup():" + call).get(0))
        .startsWith("dnsdist.conf:2: ")
        .contains(error);
  }
}
