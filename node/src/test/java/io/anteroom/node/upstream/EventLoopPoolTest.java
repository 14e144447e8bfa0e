// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Type;

class EventLoopPoolTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private static final class Told extends PendingRequest {
    private final CompletableFuture<Unanswered.Reason> reason = new CompletableFuture<>();

    private Told() {
      super((WireQuery) WireQuery.parse(DnsMessages.message(1, "www.example", Type.A).toWire()));
    }

    @Override
    protected void answered(WireAnswer answer) {
      reason.completeExceptionally(new AssertionError("answered"));
    }

    @Override
    protected void unanswered(Unanswered.Reason why) {
      reason.complete(why);
    }
  }

  @Test
  void ask_thePoolFails_theOneWhoAsksIsTold() {
    AtomicBoolean broken = new AtomicBoolean();
    RandomGenerator random =
        () -> {
          if (broken.get()) {
            throw new IllegalStateException("for the test");
          }
          return 4;
        };
    EventLoops loops = new EventLoops(1);
    try (ScriptedServer server = ScriptedServer.start(Asked::answer)) {
      PoolSettings settings = PoolSettings.of("test", List.of(server.address()));
      EventLoopPool pool =
          new EventLoopPool(settings, loops.get(0), new Counters<>(Counter.class), random);
      Told pending = new Told();
      broken.set(true);

      pool.ask(pending, System.nanoTime() + PATIENCE.toNanos());

      assertThat(pending.reason).succeedsWithin(PATIENCE).isEqualTo(Unanswered.Reason.NETWORK);
      assertThat(server.queries()).isEmpty();
    } finally {
      loops.shutdown();
    }
  }
}
