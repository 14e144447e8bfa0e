// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static io.anteroom.node.upstream.PoolBench.exchange;
import static io.anteroom.node.upstream.PoolBench.exchanges;
import static io.anteroom.node.upstream.PoolBench.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.TrySettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.upstream.PoolBench.Heard;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Upon which answers another server is asked, and what the client gets when all have failed. */
class FailoverTest {
  private static final int SERVFAIL = 2;
  private static final int NXDOMAIN = 3;
  private static final int REFUSED = 5;
  private PoolBench bench;

  @AfterEach
  void nothingIsLeft() {
    bench.comeToRest();
  }

  private static PoolSettings failoverOn(Integer... rcodes) {
    TrySettings d = TrySettings.DEFAULT;
    return settings(2)
        .withTries(
            new TrySettings(d.timeout(), d.maxTimeout(), d.tries(), d.deadline(), Set.of(rcodes)));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4, 5})
  void byDefault_refusals_nextServer(int rcode) {
    bench = new PoolBench(settings(2));
    Heard pending = bench.ask("www.example");
    Exchange first = exchange(pending);
    bench.answer(first, rcode);
    // NOTIMP, and FORMERR, are taken for a dislike of EDNS first, and that server is asked without.
    if (exchange(pending).forwarder() == first.forwarder()) {
      bench.answer(exchange(pending), rcode);
    }
    assertThat(exchange(pending).forwarder()).isNotSameAs(first.forwarder());
    bench.answer(exchange(pending));
    assertThat(pending.rcode()).isZero();
  }

  @Test
  void byDefault_nxdomain_isTheAnswer() {
    bench = new PoolBench(settings(2));
    Heard pending = bench.ask("www.example");
    bench.answer(exchange(pending), NXDOMAIN);
    assertThat(pending.rcode()).isEqualTo(NXDOMAIN);
  }

  @Test
  void chosenCode_nextServer_whichMayKnowTheName() {
    bench = new PoolBench(failoverOn(NXDOMAIN));
    Heard pending = bench.ask("www.example");
    bench.answer(exchange(pending), NXDOMAIN);
    assertThat(pending.heard).isEmpty();
    assertThat(bench.health(1).failures()).as("it has answered well").isZero();
    bench.answer(exchange(pending));
    assertThat(pending.rcode()).isZero();
  }

  @Test
  void chosenCode_ofAll_isTheAnswer() {
    bench = new PoolBench(failoverOn(NXDOMAIN));
    Heard pending = bench.ask("www.example");
    bench.answer(exchange(pending), NXDOMAIN);
    bench.answer(exchange(pending), NXDOMAIN);
    assertThat(pending.rcode()).isEqualTo(NXDOMAIN);
  }

  @Test
  void codeNotChosen_isTheAnswer() {
    bench = new PoolBench(failoverOn(NXDOMAIN));
    Heard pending = bench.ask("www.example");
    bench.answer(exchange(pending), SERVFAIL);
    assertThat(pending.rcode()).isEqualTo(SERVFAIL);
    assertThat(bench.count(Counter.UPSTREAM_REFUSALS)).isZero();
  }

  @Test
  void noCheckResp_refusal_isTheAnswer() {
    bench =
        new PoolBench(
            settings(2).withFlags(EnumSet.of(ChannelFlag.EDNS, ChannelFlag.NO_CHECK_RESP)));
    Heard pending = bench.ask("www.example");
    bench.answer(exchange(pending), REFUSED);
    assertThat(pending.rcode()).isEqualTo(REFUSED);
  }

  @Test
  void oneRefusesAndOneCantBeReached_isNetworkAfterAllRounds() {
    bench = new PoolBench(settings(2));
    Heard pending = bench.ask("www.example");
    bench.answer(exchange(pending), SERVFAIL);
    while (!exchanges(pending).isEmpty()) {
      bench.breakWire(exchange(pending));
    }
    assertThat(pending.heard).containsExactly(Unanswered.Reason.NETWORK);
    assertThat(bench.count(Counter.UPSTREAM_QUERIES)).isEqualTo(1 + 3);
  }
}
