// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import io.anteroom.node.operation.OperationRunner;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Starts operations with the runners of this node, on which they take room like any other. */
public final class OperationLaunches implements Launches {
  private final IntFunction<@Nullable OperationRunner> runners;
  private final IntFunction<@Nullable Duration> timeouts;

  /**
   * Creates the launches of a node.
   *
   * @param runners finds the runner of a service by its asyncID; null if it is not there
   * @param timeouts finds the current timeout of a service by its asyncID
   */
  public OperationLaunches(
      IntFunction<@Nullable OperationRunner> runners, IntFunction<@Nullable Duration> timeouts) {
    this.runners = runners;
    this.timeouts = timeouts;
  }

  @Override
  public void launch(int asyncId, Operation operation, Consumer<OperationResult> done) {
    OperationRunner runner = runners.apply(asyncId);
    Duration timeout = timeouts.apply(asyncId);
    if (runner == null || timeout == null) {
      done.accept(OperationResult.failed(ResultCode.REFUSED, "the operation service is not there"));
    } else {
      runner.start(operation, timeout, done);
    }
  }
}
