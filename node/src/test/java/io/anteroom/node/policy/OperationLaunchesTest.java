// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.operation.SleepRunner;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OperationLaunchesTest {
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final SleepRunner sleep = new SleepRunner(10, timer);
  private final OperationLaunches launches =
      new OperationLaunches(
          asyncId -> asyncId == 24 ? sleep : null,
          Map.of(24, Duration.ofMinutes(2), 25, Duration.ofMinutes(2))::get);

  @AfterEach
  void stop() {
    sleep.close();
    timer.shutdownNow();
  }

  private OperationResult launch(int asyncId) throws Exception {
    CompletableFuture<OperationResult> done = new CompletableFuture<>();
    launches.launch(asyncId, new Operation(Map.of("seconds", 0.001)), done::complete);
    return done.get(2, TimeUnit.MINUTES);
  }

  @Test
  void launch_service_runsItsOperation() throws Exception {
    assertThat(launch(24).code()).isEqualTo(ResultCode.DONE);
  }

  @Test
  void launch_serviceWithoutARunner_isRefused() throws Exception {
    assertThat(launch(25).code()).isEqualTo(ResultCode.REFUSED);
    assertThat(launch(26).code()).isEqualTo(ResultCode.REFUSED);
  }
}
