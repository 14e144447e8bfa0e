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
    bench.advance(Duration.ofSeconds(20));
    bench.assertAtRest();
    for (int server = 1; server <= 3; server++) {
      assertThat(bench.health(server).outstanding()).isZero();
    }
  }

  private static Exchange first(Heard waiter) {
    return exchanges(waiter).get(0);
  }

  private static Exchange second(Heard waiter) {
    return exchanges(waiter).get(1);
  }

  @Test
  void goodAnswer_wins_andTheOtherIsNoFailure() {
    Heard waiter = bench.ask("www.example");
    assertThat(exchanges(waiter)).hasSize(2);
    Exchange slow = first(waiter);
    Wire wire = slow.wire();
    bench.advance(Duration.ofMillis(1500));
    bench.answer(second(waiter));

    assertThat(waiter.rcode()).isZero();
    assertThat(bench.health(1).failures()).isZero();
    slow.forwarder().received(wire, List.of(PoolBench.message(slow, 0, 1)), bench.now());
    assertThat(bench.count(Counter.UPSTREAM_LATE)).isOne();
    assertThat(waiter.heard).hasSize(1);
  }

  @Test
  void negativeAnswer_waitsForABetterOne() {
    Heard waiter = bench.ask("www.example");
    bench.answer(first(waiter), NXDOMAIN);
    assertThat(waiter.heard).isEmpty();
    assertThat(exchanges(waiter)).as("nobody else is asked").hasSize(1);
    bench.advance(GRACE.dividedBy(2));
    bench.answer(first(waiter));

    assertThat(waiter.rcode()).isZero();
  }

  @Test
  void negativeAnswer_isGivenWhenTheGraceIsOver() {
    Heard waiter = bench.ask("www.example");
    bench.answer(first(waiter), NXDOMAIN);
    bench.advance(GRACE.plusMillis(10));

    assertThat(waiter.rcode()).isEqualTo(NXDOMAIN);
    assertThat(bench.health(2).failures()).isZero();
  }

  @Test
  void negativeAnswersOfAll_theFirstIsGivenAtOnce() {
    Heard waiter = bench.ask("www.example");
    bench.answer(first(waiter), NXDOMAIN);
    bench.answer(first(waiter), 0);

    assertThat(waiter.rcode()).isEqualTo(NXDOMAIN);
  }

  @Test
  void negativeAnswer_andTheOtherFails_isGivenAtOnce() {
    Heard waiter = bench.ask("www.example");
    bench.answer(first(waiter), NXDOMAIN);
    bench.breakWire(first(waiter));

    assertThat(waiter.rcode()).isEqualTo(NXDOMAIN);
  }

  @Test
  void negativeAnswer_andADeadlineWithinTheGrace_isGivenAtTheDeadline() {
    Heard waiter = bench.ask(PoolBench.query("www.example"), GRACE.dividedBy(2));
    Heard patient = bench.ask(PoolBench.query("www.example"), Duration.ofSeconds(1));
    bench.answer(first(waiter), NXDOMAIN);
    bench.advance(GRACE.dividedBy(2).plusMillis(10));

    assertThat(waiter.rcode()).isEqualTo(NXDOMAIN);
    assertThat(patient.heard).isEmpty();
    bench.answer(first(patient));
    assertThat(patient.rcode()).isZero();
  }

  @Test
  void refusal_theThirdIsAskedInItsPlace() {
    Heard waiter = bench.ask("www.example");
    Exchange other = second(waiter);
    bench.answer(first(waiter), SERVFAIL);

    assertThat(exchanges(waiter)).hasSize(2).first().isSameAs(other);
    bench.answer(second(waiter));
    assertThat(waiter.rcode()).isZero();
  }

  @Test
  void refusalsOfAll_theLastIsTheAnswer() {
    Heard waiter = bench.ask("www.example");
    bench.answer(first(waiter), SERVFAIL);
    bench.answer(first(waiter), SERVFAIL);
    assertThat(exchanges(waiter)).hasSize(1);
    bench.answer(first(waiter), 5);

    assertThat(waiter.rcode()).isEqualTo(5);
  }

  @Test
  void allSilent_eachIsAskedInEveryRound() {
    Heard waiter = bench.ask("www.example");
    for (int i = 0; i < 9; i++) {
      bench.breakWire(first(waiter));
    }

    assertThat(waiter.heard).containsExactly(Unanswered.Reason.NETWORK);
    assertThat(bench.count(Counter.UPSTREAM_QUERIES)).isEqualTo(9);
  }
}
