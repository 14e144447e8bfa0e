// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static io.anteroom.node.upstream.PoolBench.exchanges;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.ChoiceSettings;
import io.anteroom.node.config.HealthSettings;
import io.anteroom.node.config.ServerPolicy;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.upstream.PoolBench.Heard;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two of three servers are asked at once. */
class ParallelTest {
  private static final int NXDOMAIN = 3;
  private static final int SERVFAIL = 2;
  private static final Duration GRACE = Duration.ofMillis(100);

  private final PoolBench bench =
      new PoolBench(
          PoolBench.settings(3)
              .withChoice(new ChoiceSettings(ServerPolicy.PARALLEL, false, 2, GRACE, 1.25))
              .withHealth(new HealthSettings(0, Duration.ofSeconds(5), 3, null)));

  @AfterEach
  void nothingIsLeft() {
    bench.comeToRest();
    for (int server = 1; server <= 3; server++) {
      assertThat(bench.health(server).outstanding()).isZero();
    }
  }

  private static Exchange first(Heard pending) {
    return exchanges(pending).get(0);
  }

  private static Exchange second(Heard pending) {
    return exchanges(pending).get(1);
  }

  @Test
  void goodAnswer_wins_andTheOtherIsNoFailure() {
    Heard pending = bench.ask("www.example");
    assertThat(exchanges(pending)).hasSize(2);
    Exchange slow = first(pending);
    UpstreamSocket wire = slow.wire();
    bench.advance(Duration.ofMillis(1500));
    bench.answer(second(pending));

    assertThat(pending.rcode()).isZero();
    assertThat(bench.health(1).failures()).isZero();
    slow.forwarder().received(wire, List.of(PoolBench.message(slow, 0, 1)), bench.now());
    assertThat(bench.count(Counter.UPSTREAM_LATE)).isOne();
    assertThat(pending.heard).hasSize(1);
  }

  @Test
  void negativeAnswer_waitsForABetterOne() {
    Heard pending = bench.ask("www.example");
    bench.answer(first(pending), NXDOMAIN);
    assertThat(pending.heard).isEmpty();
    assertThat(exchanges(pending)).as("nobody else is asked").hasSize(1);
    bench.advance(GRACE.dividedBy(2));
    bench.answer(first(pending));

    assertThat(pending.rcode()).isZero();
  }

  @Test
  void negativeAnswer_isGivenWhenTheGraceIsOver() {
    Heard pending = bench.ask("www.example");
    bench.answer(first(pending), NXDOMAIN);
    bench.advance(GRACE.plusMillis(10));

    assertThat(pending.rcode()).isEqualTo(NXDOMAIN);
    assertThat(bench.health(2).failures()).isZero();
  }

  @Test
  void negativeAnswersOfAll_theFirstIsGivenAtOnce() {
    Heard pending = bench.ask("www.example");
    bench.answer(first(pending), NXDOMAIN);
    bench.answer(first(pending), 0);

    assertThat(pending.rcode()).isEqualTo(NXDOMAIN);
  }

  @Test
  void negativeAnswer_andTheOtherFails_isGivenAtOnce() {
    Heard pending = bench.ask("www.example");
    bench.answer(first(pending), NXDOMAIN);
    bench.breakWire(first(pending));

    assertThat(pending.rcode()).isEqualTo(NXDOMAIN);
  }

  @Test
  void negativeAnswer_andADeadlineWithinTheGrace_isGivenAtTheDeadline() {
    Heard pending = bench.ask(PoolBench.query("www.example"), GRACE.dividedBy(2));
    Heard patient = bench.ask(PoolBench.query("www.example"), Duration.ofSeconds(1));
    bench.answer(first(pending), NXDOMAIN);
    bench.advance(GRACE.dividedBy(2).plusMillis(10));

    assertThat(pending.rcode()).isEqualTo(NXDOMAIN);
    assertThat(patient.heard).isEmpty();
    bench.answer(first(patient));
    assertThat(patient.rcode()).isZero();
  }

  @Test
  void refusal_theThirdIsAskedInItsPlace() {
    Heard pending = bench.ask("www.example");
    Exchange other = second(pending);
    bench.answer(first(pending), SERVFAIL);

    assertThat(exchanges(pending)).hasSize(2).first().isSameAs(other);
    bench.answer(second(pending));
    assertThat(pending.rcode()).isZero();
  }

  @Test
  void refusalsOfAll_theLastIsTheAnswer() {
    Heard pending = bench.ask("www.example");
    bench.answer(first(pending), SERVFAIL);
    bench.answer(first(pending), SERVFAIL);
    assertThat(exchanges(pending)).hasSize(1);
    bench.answer(first(pending), 5);

    assertThat(pending.rcode()).isEqualTo(5);
  }

  @Test
  void allSilent_eachIsAskedInEveryRound() {
    Heard pending = bench.ask("www.example");
    for (int i = 0; i < 9; i++) {
      bench.breakWire(first(pending));
    }

    assertThat(pending.heard).containsExactly(Unanswered.Reason.NETWORK);
    assertThat(bench.count(Counter.UPSTREAM_QUERIES)).isEqualTo(9);
  }
}
