// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static io.anteroom.node.upstream.PoolBench.exchange;
import static io.anteroom.node.upstream.PoolBench.exchanges;
import static io.anteroom.node.upstream.PoolBench.query;
import static io.anteroom.node.upstream.PoolBench.server;
import static io.anteroom.node.upstream.PoolBench.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.upstream.PoolBench.Heard;
import io.anteroom.node.wire.WireQuery;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Type;

/** Who waits for what, on one event loop and on several. */
class ServerPoolTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private PoolBench bench = new PoolBench(settings(2));

  @AfterEach
  void nothingIsLeft() {
    bench.comeToRest();
  }

  @Test
  void ask_equalQuestionsInFlight_shareOneQueryAndEachIsToldOnce() {
    Heard first = bench.ask("www.example");
    Heard second = bench.ask("WWW.Example");
    Heard third = bench.ask("www.example");

    bench.answer(exchange(first));

    assertThat(List.of(first, second, third)).allMatch(pending -> pending.rcode() == 0);
    assertThat(bench.count(Counter.UPSTREAM_QUERIES)).isOne();
    assertThat(bench.count(Counter.UPSTREAM_SHARED)).isEqualTo(2);
  }

  static Stream<WireQuery> others() {
    return Stream.of(
        query("www.example2"),
        query("www.example", Type.AAAA, Flags.RD),
        query("www.example", Type.A),
        query("www.example", Type.A, Flags.RD, Flags.CD),
        query("www.example", Type.A, Flags.RD, PoolBench.DO));
  }

  @ParameterizedTest
  @MethodSource("others")
  void ask_otherNameTypeOrBits_queryOfItsOwn(WireQuery other) {
    bench.ask("www.example");
    bench.ask(other, SECOND);

    assertThat(bench.count(Counter.UPSTREAM_QUERIES)).isEqualTo(2);
    assertThat(bench.count(Counter.UPSTREAM_SHARED)).isZero();
  }

  @Test
  void ask_afterTheAnswer_isAskedAnew() {
    Heard first = bench.ask("www.example");
    bench.answer(exchange(first));
    Heard second = bench.ask("www.example");

    assertThat(exchanges(second)).hasSize(1);
    assertThat(bench.count(Counter.UPSTREAM_SHARED)).isZero();
  }

  @Test
  void expired_eachAtHisOwnDeadline_theOthersGoOnWaiting() {
    Heard shortest = bench.ask(query("www.example"), Duration.ofMillis(100));
    Heard longer = bench.ask(query("www.example"), Duration.ofMillis(500));
    Heard longest = bench.ask(query("www.example"), Duration.ofMillis(1500));

    bench.advance(Duration.ofMillis(200));
    assertThat(shortest.heard).containsExactly(Unanswered.Reason.TIMEOUT);
    assertThat(longer.heard).isEmpty();
    bench.advance(Duration.ofMillis(400));
    assertThat(longer.heard).containsExactly(Unanswered.Reason.TIMEOUT);
    bench.answer(exchange(longest));
    assertThat(longest.rcode()).isZero();
    assertThat(shortest.heard).hasSize(1);
    assertThat(longer.heard).hasSize(1);
  }

  /**
   * By the answers before a try takes 250 ms, and three would be over after 1.75 s at the latest.
   */
  @Test
  void ask_quickServerNeedsLong_lastTryWaitsForItUntilTheDeadline() {
    bench = new PoolBench(settings(1));
    for (int i = 0; i < 3; i++) {
      bench.answer(exchange(bench.ask("quick" + i + ".example")));
    }
    Heard slow = bench.ask("slow.example");
    for (int i = 0; i < 35; i++) {
      bench.advance(Duration.ofMillis(100));
    }
    assertThat(bench.count(Counter.UPSTREAM_TIMEOUTS)).isEqualTo(2);
    bench.answer(exchange(slow));
    assertThat(slow.rcode()).isZero();
  }

  @Test
  void ask_lateJoiner_keepsTheLookupAliveBeyondTheFirstDeadline() {
    Heard first = bench.ask(query("www.example"), Duration.ofMillis(300));
    bench.advance(Duration.ofMillis(250));
    Heard late = bench.ask(query("www.example"), SECOND);
    bench.advance(Duration.ofMillis(250));

    assertThat(first.heard).containsExactly(Unanswered.Reason.TIMEOUT);
    bench.answer(exchange(late));
    assertThat(late.rcode()).isZero();
  }

  @Test
  void cancel_one_theOtherIsAnswered() {
    Heard first = bench.ask("www.example");
    Heard second = bench.ask("www.example");
    bench.pools.get(0).cancel(first);

    bench.answer(exchange(second));

    assertThat(first.heard).isEmpty();
    assertThat(second.rcode()).isZero();
  }

  @Test
  void cancel_all_theQueryIsGivenUpAndALateAnswerCounted() {
    Heard first = bench.ask("www.example");
    Heard second = bench.ask("www.example");
    Exchange exchange = exchange(first);
    UpstreamSocket wire = exchange.wire();
    bench.pools.get(0).cancel(first);
    bench.pools.get(0).cancel(second);

    assertThat(exchange.forwarder().outstanding()).isZero();
    exchange.forwarder().received(wire, List.of(PoolBench.message(exchange, 0, 1)), bench.now());
    assertThat(bench.count(Counter.UPSTREAM_LATE)).isOne();
    assertThat(first.heard).isEmpty();
    assertThat(second.heard).isEmpty();
  }

  @Test
  void cancel_afterTheAnswer_nothingHappens() {
    Heard pending = bench.ask("www.example");
    bench.answer(exchange(pending));
    bench.pools.get(0).cancel(pending);
    bench.pools.get(0).cancel(pending);

    assertThat(pending.rcode()).isZero();
  }

  @Test
  void cancel_whileOthersAreTold_isObeyed() {
    Heard first = bench.ask("www.example");
    Heard second = bench.ask("www.example");
    first.reaction = () -> bench.pools.get(0).cancel(second);
    second.reaction = () -> bench.pools.get(0).cancel(first);

    bench.answer(exchange(first));

    assertThat(first.rcode()).isZero();
    assertThat(second.heard).isEmpty();
  }

  @Test
  void ask_sameQuestionWhileBeingTold_isAskedAnew() {
    Heard first = bench.ask("www.example");
    Heard[] again = new Heard[1];
    first.reaction = () -> again[0] = bench.ask("www.example");

    bench.answer(exchange(first));

    assertThat(again[0].heard).isEmpty();
    bench.answer(exchange(again[0]));
    assertThat(again[0].rcode()).isZero();
  }

  @Test
  void setServers_queriesInFlight_endWhereTheyAreAndNewOnesGoToTheNewServer() {
    Heard before = bench.ask("before.example");
    bench.setServers(List.of(server(9)));
    Heard after = bench.ask("after.example");

    assertThat(exchange(before).forwarder()).isNotSameAs(exchange(after).forwarder());
    bench.advance(Duration.ofMillis(1500));
    bench.answer(exchange(before));
    assertThat(before.rcode()).isZero();
    bench.answer(exchange(after));
    assertThat(after.rcode()).isZero();
  }

  @Test
  void setServers_oldServerHasNothingInFlight_itsSocketsAreClosed() {
    Heard before = bench.ask("before.example");
    bench.setServers(List.of(server(9)));
    assertThat(bench.openSockets()).isOne();
    bench.answer(exchange(before));
    assertThat(bench.openSockets()).isZero();
  }

  @Test
  void setServers_none_unansweredAtOnceAndServedAgainAfterwards() {
    bench.setServers(List.of());
    assertThat(bench.ask("www.example").heard).containsExactly(Unanswered.Reason.NETWORK);
    bench.setServers(List.of(server(1)));
    Heard pending = bench.ask("www.example");
    bench.answer(exchange(pending));
    assertThat(pending.rcode()).isZero();
  }

  @Test
  void close_queriesInFlight_allAreToldOnce() {
    Heard first = bench.ask("one.example");
    Heard second = bench.ask("one.example");
    Heard third = bench.ask("two.example");
    bench.pools.get(0).close();

    assertThat(List.of(first, second, third))
        .allSatisfy(
            pending -> assertThat(pending.heard).containsExactly(Unanswered.Reason.NETWORK));
    assertThat(bench.health(1).outstanding()).isZero();
    assertThat(bench.openSockets()).isZero();
  }

  @Test
  void ask_equalQuestionOnAnotherLoop_sharesItsQuery() {
    bench = new PoolBench(2, settings(2));
    Heard here = bench.ask(0, query("www.example"), SECOND);
    Heard there = bench.ask(1, query("WWW.example"), SECOND);
    bench.run();

    assertThat(bench.count(Counter.UPSTREAM_QUERIES)).isOne();
    assertThat(bench.count(Counter.UPSTREAM_SHARED)).isOne();
    bench.answer(exchange(here));
    assertThat(here.rcode()).isZero();
    assertThat(there.rcode()).isZero();
  }

  @Test
  void ask_comesTooLateAtTheOtherLoop_isAskedThere() {
    bench = new PoolBench(2, settings(2));
    Heard here = bench.ask(0, query("www.example"), SECOND);
    Heard there = bench.ask(1, query("www.example"), SECOND);
    // The answer overtakes the message of the second loop.
    exchange(here)
        .forwarder()
        .received(
            exchange(here).wire(), List.of(PoolBench.message(exchange(here), 0, 1)), bench.now());
    bench.run();

    assertThat(here.rcode()).isZero();
    assertThat(there.heard).isEmpty();
    assertThat(bench.count(Counter.UPSTREAM_QUERIES)).isEqualTo(2);
    bench.answer(exchange(there));
    assertThat(there.rcode()).isZero();
  }

  @Test
  void ask_tooLateAndClaimedByAThirdMeanwhile_isSentOnNoFurther() {
    bench = new PoolBench(2, settings(2));
    Heard first = bench.ask(0, query("www.example"), SECOND);
    Heard second = bench.ask(1, query("www.example"), SECOND);
    exchange(first)
        .forwarder()
        .received(
            exchange(first).wire(), List.of(PoolBench.message(exchange(first), 0, 1)), bench.now());
    Heard third = bench.ask(1, query("www.example"), SECOND);
    bench.run();

    assertThat(bench.count(Counter.UPSTREAM_QUERIES)).isEqualTo(3);
    bench.answer(exchange(second));
    bench.answer(exchange(third));
    assertThat(List.of(first, second, third)).allMatch(pending -> pending.rcode() == 0);
  }

  @Test
  void expired_onAnotherLoop_atHisOwnDeadline() {
    bench = new PoolBench(2, settings(2));
    Heard here = bench.ask(0, query("www.example"), SECOND);
    Heard there = bench.ask(1, query("www.example"), Duration.ofMillis(100));
    bench.advance(Duration.ofMillis(200));

    assertThat(there.heard).containsExactly(Unanswered.Reason.TIMEOUT);
    bench.answer(exchange(here));
    assertThat(here.rcode()).isZero();
  }
}
