// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;

class LimitsTest {
  private static final InetAddress CLIENT = Addresses.literal("192.0.2.1");

  private final Counters<Counter> counters = new Counters<>(Counter.class);

  private static NodeSettings settings(String limit, String rules) throws Exception {
    return NodeConfiguration.parse(
            "anteroom { response-rate-limit %s, blocks.rules = [ %s ] }".formatted(limit, rules))
        .settings();
  }

  private Limits limits(NodeSettings settings) {
    return new Limits(settings.responseLimit(), settings.blocks(), counters, () -> 5);
  }

  private static void configure(Limits limits, NodeSettings settings) {
    limits.configure(settings.responseLimit(), settings.blocks());
  }

  private static RrlDecision error(Limits limits) {
    return limits.decision(CLIENT, null, new byte[12]);
  }

  @Test
  void configure_sameLimit_countsOn_andAnotherBeginsAnew() throws Exception {
    Limits limits = limits(settings("{ responses-per-second = 1 }", ""));
    assertThat(error(limits)).isEqualTo(RrlDecision.SEND);
    configure(limits, settings("{ responses-per-second = 1 }", ""));
    assertThat(error(limits)).isEqualTo(RrlDecision.TRUNCATE);
    configure(limits, settings("{ responses-per-second = 1, slip = 0 }", ""));
    assertThat(error(limits)).isEqualTo(RrlDecision.SEND);
    assertThat(error(limits)).isEqualTo(RrlDecision.DROP);
    configure(limits, settings("= off", ""));
    assertThat(error(limits)).isEqualTo(RrlDecision.SEND);
    configure(limits, settings("{ responses-per-second = 1 }", ""));
    assertThat(error(limits)).isEqualTo(RrlDecision.SEND);
    assertThat(error(limits)).isEqualTo(RrlDecision.TRUNCATE);
  }

  @Test
  void configure_rules_holdFromThenOn() throws Exception {
    String rule = "{ name = r, window = 1s, query-rate.above = 1 }";
    Limits limits = limits(settings("= off", ""));
    limits.onQuery(CLIENT);
    limits.onQuery(CLIENT);
    assertThat(counters.get(Counter.BLOCK_REPORTS_LOST)).isZero();
    configure(limits, settings("= off", rule));
    limits.onQuery(CLIENT);
    configure(limits, settings("= off", rule));
    limits.onQuery(CLIENT);
    // There is no keeper to report to.
    assertThat(counters.get(Counter.BLOCK_REPORTS_LOST)).isEqualTo(1);
  }
}
