// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Operations that a policy in Java launches. */
class JavaLauncherTest {
  private static final Operation NOTHING = new Operation(Map.of());
  private static final OperationResult FULL = OperationResult.failed(ResultCode.REJECTED, "full");

  private final List<Throwable> failures = new ArrayList<>();
  private final List<OperationResult> reports = new ArrayList<>();

  private JavaLauncher launcher(Launches launches) {
    JavaLauncher launcher = new JavaLauncher(launches, failures::add);
    launcher.allow(Map.of("op", 1));
    return launcher;
  }

  private void launchAgainAndAgain(JavaLauncher launcher) {
    launcher.launch(
        "op",
        NOTHING,
        result -> {
          reports.add(result);
          launchAgainAndAgain(launcher);
        });
  }

  private void assertEndedAfterEight() {
    assertThat(reports).hasSize(8);
    assertThat(failures)
        .singleElement()
        .satisfies(
            e -> assertThat(e).hasMessage("launches another operation after 8 that ended at once"));
  }

  @Test
  void reportThatLaunchesAgain_whenEachIsRejectedAtOnce_fails() {
    launchAgainAndAgain(launcher((asyncId, operation, done) -> done.accept(FULL)));

    assertEndedAfterEight();
  }

  @Test
  void reportThatLaunchesAgain_whenEachIsRejectedABitLater_fails() {
    Queue<Consumer<OperationResult>> launched = new ArrayDeque<>();
    launchAgainAndAgain(launcher((asyncId, operation, done) -> launched.add(done)));
    while (!launched.isEmpty()) {
      launched.remove().accept(FULL);
    }

    assertEndedAfterEight();
  }

  @Test
  void reportThatLaunchesAgain_whenSomethingWasDone_goesOn() {
    Queue<Consumer<OperationResult>> launched = new ArrayDeque<>();
    launchAgainAndAgain(launcher((asyncId, operation, done) -> launched.add(done)));
    for (int i = 0; i < 100; i++) {
      launched.remove().accept(i % 8 == 7 ? OperationResult.done(Map.of()) : FULL);
    }

    assertThat(reports).hasSize(100);
    assertThat(failures).isEmpty();
  }
}
