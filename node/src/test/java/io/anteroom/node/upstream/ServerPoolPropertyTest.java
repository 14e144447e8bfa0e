// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.ChoiceSettings;
import io.anteroom.node.config.HealthSettings;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerPolicy;
import io.anteroom.node.upstream.PoolBench.Heard;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever comes in which order, everybody who waits is told exactly once unless he was cancelled,
 * and nothing is left in the end.
 */
class ServerPoolPropertyTest {
  private static final int STEPS = 3_000;
  private static final int REPETITIONS = 5;
  private static final int NAMES = 12;
  private static final int SERVERS = 5;

  private final List<Heard> all = new ArrayList<>();
  private final List<Heard> waiting = new ArrayList<>();

  @ParameterizedTest
  @EnumSource(ServerPolicy.class)
  void oneLoop(ServerPolicy policy) {
    for (int i = 0; i < REPETITIONS; i++) {
      check(new PoolBench(1, settings(policy)));
    }
  }

  @ParameterizedTest
  @EnumSource(ServerPolicy.class)
  void threeLoops(ServerPolicy policy) {
    for (int i = 0; i < REPETITIONS; i++) {
      check(new PoolBench(3, settings(policy)));
    }
  }

  private static PoolSettings settings(ServerPolicy policy) {
    ChoiceSettings choice = new ChoiceSettings(policy, false, 3, Duration.ofMillis(200), 1.25);
    HealthSettings.Check check =
        new HealthSettings.Check("a.", 1, Duration.ofSeconds(1), Duration.ofSeconds(1), null);
    return PoolBench.settings(SERVERS)
        .withChoice(choice)
        .withHealth(new HealthSettings(2, Duration.ofSeconds(1), 1_000, check));
  }

  private void check(PoolBench bench) {
    for (int i = 0; i < STEPS; i++) {
      step(bench, bench.random);
      waiting.removeIf(pending -> pending.cancelled || !pending.heard.isEmpty());
    }
    bench.comeToRest();
    for (int server = 1; server <= SERVERS; server++) {
      assertThat(bench.health(server).outstanding()).as("seed %d", bench.seed).isZero();
    }
    for (Heard pending : all) {
      assertThat(pending.heard).as("seed %d", bench.seed).hasSize(pending.cancelled ? 0 : 1);
    }
  }

  private void step(PoolBench bench, Random random) {
    switch (random.nextInt(13)) {
      case 0, 1, 2, 3 -> ask(bench, random);
      case 4 -> cancel(bench, random);
      case 5, 6 -> answer(bench, random, 0, 1);
      case 7 -> answer(bench, random, random.nextInt(6), 0);
      case 8 -> {
        Exchange exchange = inFlight(random);
        if (exchange != null) {
          bench.breakWire(exchange);
        }
      }
      case 9 -> bench.common.setServers(PoolBench.servers(random.nextInt(SERVERS + 1)));
      case 10 -> bench.run();
      case 11 -> bench.pools.get(0).receive(PoolEvent.Signal.CHECK);
      default -> bench.advance(Duration.ofMillis(random.nextInt(600)));
    }
  }

  private void ask(PoolBench bench, Random random) {
    Duration time = Duration.ofMillis(random.nextInt(6_000));
    String name = "n" + random.nextInt(NAMES) + ".example";
    Heard pending = bench.ask(random.nextInt(bench.pools.size()), PoolBench.query(name), time);
    all.add(pending);
    waiting.add(pending);
    if (random.nextInt(10) == 0) {
      pending.reaction = () -> ask(bench, random);
    }
  }

  /** With one loop only, where it is known where he waits. */
  private void cancel(PoolBench bench, Random random) {
    if (!waiting.isEmpty() && bench.pools.size() == 1) {
      Heard pending = waiting.get(random.nextInt(waiting.size()));
      pending.cancelled = pending.heard.isEmpty();
      bench.pools.get(0).cancel(pending);
    }
  }

  private void answer(PoolBench bench, Random random, int rcode, int records) {
    Exchange exchange = inFlight(random);
    if (exchange != null && exchange.wire() != null) {
      if (records == 0) {
        bench.answer(exchange, rcode);
      } else {
        bench.answer(exchange);
      }
    }
  }

  private Exchange inFlight(Random random) {
    List<Exchange> exchanges =
        waiting.stream().flatMap(pending -> PoolBench.exchanges(pending).stream()).toList();
    return exchanges.isEmpty() ? null : exchanges.get(random.nextInt(exchanges.size()));
  }
}
