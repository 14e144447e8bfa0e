// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.typesafe.config.ConfigFactory;
import io.anteroom.node.filter.FilterRouter;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/**
 * Whatever comes in whatever order, each suspension ends once, with its own query and a verdict
 * about itself or none, the counters add up, and nothing is left.
 *
 * <p>{@code -Danteroom.seed} runs one scenario again, {@code -Danteroom.seeds} so many new ones.
 */
final class SuspensionPropertyActorTest {
  private static final int SEEDS = Integer.getInteger("anteroom.seeds", 100);
  private static final ActorTestKit KIT =
      ActorTestKit.create(
          StepScheduler.config()
              .withFallback(StepExecutor.config())
              .withFallback(ConfigFactory.load()));

  /** Instances come and go, and give verdicts that do not fit, by the hundred here. */
  private static final Logger TALKATIVE =
      (Logger) LoggerFactory.getLogger(FilterRouter.class.getPackageName());

  @BeforeAll
  static void hush() {
    TALKATIVE.setLevel(Level.ERROR);
  }

  @AfterAll
  static void shutdown() {
    TALKATIVE.setLevel(null);
    KIT.shutdownTestKit();
  }

  static LongStream seeds() {
    Long again = Long.getLong("anteroom.seed");
    return again == null ? new SplittableRandom().longs(SEEDS) : LongStream.of(again);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void suspensions_inAnyOrderOfEvents_endOnceEach_andLeaveNothing(long seed) {
    run(seed, false);
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void suspensions_withMessagesLostAndDoubled_endOnceEach_andLeaveNothing(long seed) {
    run(seed, true);
  }

  private static void run(long seed, boolean faulty) {
    try (SuspensionScenario scenario = new SuspensionScenario(KIT, seed, faulty)) {
      scenario.run();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
    }
  }
}
