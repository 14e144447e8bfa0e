// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BoundedRunnerTest {
  /** A runner with room for one operation, and a bug. */
  private static final class Faulty extends BoundedRunner {
    Faulty() {
      super("faulty", 1);
    }

    @Override
    Task prepare(Operation operation) {
      throw new IllegalStateException("a bug");
    }

    @Override
    void release() {}
  }

  @Test
  void operationThatABugKeepsFromStarting_endsAndTakesNoRoom() {
    Faulty runner = new Faulty();
    List<ResultCode> codes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      runner.start(
          new Operation(Map.of()),
          Duration.ofMinutes(1),
          (OperationResult result) -> codes.add(result.code()));
    }

    assertThat(codes)
        .containsExactly(ResultCode.INTERNAL, ResultCode.INTERNAL, ResultCode.INTERNAL);
    runner.close();
  }
}
