// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static io.anteroom.node.upstream.PoolBench.exchange;
import static io.anteroom.node.upstream.PoolBench.server;
import static io.anteroom.node.upstream.PoolBench.settings;
import static io.anteroom.node.upstream.ServerHealth.Failure.TIMEOUT;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.ChoiceSettings;
import io.anteroom.node.config.HealthSettings;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerPolicy;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.upstream.PoolBench.Heard;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who is asked first, by how the servers have done, as c-ares has it; probes and checks. */
class ServerOrderTest {
  private static final Duration DELAY = Duration.ofSeconds(5);
  private PoolBench bench;
  private int asked;

  @AfterEach
  void nothingIsLeft() {
    bench.comeToRest();
  }

  private static PoolSettings withHealth(int chance, HealthSettings.Check check) {
    return settings(3).withHealth(new HealthSettings(chance, DELAY, 3, check));
  }

  /** Who is asked a new question, which is then answered. */
  private int next() {
    Heard pending = bench.ask("n" + asked++ + ".example");
    Exchange exchange = exchange(pending);
    bench.answer(exchange);
    return numberOf(exchange);
  }

  private static int numberOf(Exchange exchange) {
    return exchange.forwarder().server().address().getAddress().getAddress()[3];
  }

  private void fail(int number, int times) {
    for (int i = 0; i < times; i++) {
      bench.health(number).failed(TIMEOUT, bench.now());
    }
  }

  @Test
  void order_failures_fewestComesFirst() {
    bench = new PoolBench(withHealth(0, null));
    assertThat(next()).isEqualTo(1);
    fail(1, 2);
    assertThat(next()).isEqualTo(2);
    fail(2, 1);
    fail(3, 3);
    // Its answer makes it well again.
    assertThat(next()).isEqualTo(2);
    assertThat(next()).isEqualTo(2);
    assertThat(bench.health(2).failures()).isZero();
  }

  @Test
  void order_equalFailures_oldestComesFirst() {
    bench = new PoolBench(withHealth(0, null));
    fail(2, 1);
    bench.advance(Duration.ofSeconds(1));
    fail(1, 1);
    fail(3, 1);
    Heard pending = bench.ask("www.example");
    assertThat(numberOf(exchange(pending))).isEqualTo(2);
    bench.breakWire(exchange(pending));
    // One and three failed at the same time: then the configuration decides.
    assertThat(numberOf(exchange(pending))).isEqualTo(1);
    bench.answer(exchange(pending));
  }

  @Test
  void order_refusal_putsTheServerBehind() {
    bench = new PoolBench(withHealth(0, null));
    Heard pending = bench.ask("www.example");
    bench.answer(exchange(pending), 5);
    assertThat(numberOf(exchange(pending))).isEqualTo(2);
    bench.answer(exchange(pending));
    assertThat(next()).isEqualTo(2);
  }

  @Test
  void order_failureSeenOnOneLoop_countsOnAll() {
    bench = new PoolBench(2, withHealth(0, null));
    Heard pending = bench.ask("one.example");
    bench.breakWire(exchange(pending));
    Heard there = bench.ask(1, PoolBench.query("two.example"), Duration.ofSeconds(1));
    assertThat(numberOf(exchange(there))).isEqualTo(2);
  }

  @Test
  void rotate_drawsAmongThoseThatAreWell() {
    bench =
        new PoolBench(
            withHealth(0, null)
                .withChoice(
                    new ChoiceSettings(
                        ServerPolicy.FIRST_AVAILABLE, true, 2, Duration.ZERO, 1.25)));
    fail(2, 1);
    Set<Integer> seen = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      seen.add(next());
    }
    assertThat(seen).as("seed %d", bench.seed).containsExactlyInAnyOrder(1, 3);
  }

  @Test
  void primary_onlyTheFirstIsAsked() {
    Set<ChannelFlag> flags = EnumSet.of(ChannelFlag.EDNS, ChannelFlag.PRIMARY);
    bench = new PoolBench(withHealth(0, null).withFlags(flags));
    fail(1, 5);
    Heard pending = bench.ask("www.example");
    for (int round = 0; round < 3; round++) {
      assertThat(numberOf(exchange(pending))).isEqualTo(1);
      bench.breakWire(exchange(pending));
    }
    assertThat(pending.heard).hasSize(1);
  }

  @Test
  void setServers_serverThatStays_keepsItsHealthAndAServerThatIsNewIsWell() {
    bench = new PoolBench(withHealth(0, null));
    fail(2, 3);
    bench.setServers(List.of(server(2), server(9)));
    assertThat(bench.common.servers()).extracting(ServerStatus::up).containsExactly(false, true);
    assertThat(next()).isEqualTo(9);
    bench.setServers(List.of(server(1)));
    bench.setServers(List.of(server(2)));
    assertThat(bench.common.servers()).extracting(ServerStatus::failures).containsExactly(0);
  }

  @Test
  void probe_failedServer_copiedAQueryAfterTheDelayOneAtATimeOnAllLoops() {
    bench = new PoolBench(2, withHealth(1, null));
    fail(1, 1);
    next();
    assertThat(bench.count(Counter.UPSTREAM_PROBES)).as("too soon").isZero();
    bench.advance(DELAY);
    Heard here = bench.ask(0, PoolBench.query("one.example"), Duration.ofMillis(500));
    Heard there = bench.ask(1, PoolBench.query("two.example"), Duration.ofMillis(500));
    bench.answer(exchange(here));
    bench.answer(exchange(there));
    assertThat(bench.count(Counter.UPSTREAM_PROBES)).isOne();
    assertThat(bench.health(1).outstanding()).isOne();
    // It is silent, and gets the next copy after the delay.
    bench.advance(Duration.ofSeconds(3));
    assertThat(bench.health(1).failures()).isEqualTo(2);
    next();
    assertThat(bench.count(Counter.UPSTREAM_PROBES)).isOne();
    bench.advance(DELAY);
    next();
    assertThat(bench.count(Counter.UPSTREAM_PROBES)).isEqualTo(2);
  }

  @Test
  void probe_whoAskedIsAnswered_theProbeGoesOn() {
    bench = new PoolBench(withHealth(1, null));
    fail(1, 1);
    bench.advance(DELAY);
    assertThat(next()).isEqualTo(2);
    assertThat(bench.health(1).outstanding()).isOne();
  }

  @Test
  void probe_chanceZero_neverCopied() {
    bench = new PoolBench(withHealth(0, null));
    fail(1, 1);
    bench.advance(DELAY);
    for (int i = 0; i < 100; i++) {
      assertThat(next()).isEqualTo(2);
    }
    assertThat(bench.count(Counter.UPSTREAM_PROBES)).isZero();
  }

  @Test
  void check_everyServerIsAsked_andWhoIsSilentIsDownAfterThree() {
    var check =
        new HealthSettings.Check("a.", 1, Duration.ofSeconds(1), Duration.ofMillis(500), null);
    bench = new PoolBench(2, withHealth(0, check));
    for (int i = 1; i <= 3; i++) {
      assertThat(bench.health(1).isUp()).isTrue();
      bench.pools.get(0).receive(PoolEvent.Signal.CHECK);
      bench.pools.get(0).receive(PoolEvent.Signal.CHECK);
      assertThat(bench.count(Counter.UPSTREAM_CHECKS)).as("one at a time").isEqualTo(3L * i);
      bench.advance(Duration.ofMillis(600));
      assertThat(bench.health(1).failures()).isEqualTo(i);
    }
    assertThat(bench.common.servers()).extracting(ServerStatus::up).containsOnly(false);
    assertThat(bench.count(Counter.UPSTREAM_WENT_DOWN)).isEqualTo(3);
  }
}
