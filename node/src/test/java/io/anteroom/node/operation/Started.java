// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** An operation that a test has started, and its result. */
final class Started {
  static final Duration LONG = Duration.ofMinutes(2);

  private final CompletableFuture<OperationResult> result = new CompletableFuture<>();
  private final AtomicInteger results = new AtomicInteger();
  private final OperationRunner.Running running;

  private Started(OperationRunner runner, Map<String, ?> arguments, Duration timeLeft) {
    running = runner.start(new Operation(Map.copyOf(arguments)), timeLeft, this::done);
  }

  /** Starts one with more time than it needs. */
  static Started start(OperationRunner runner, Map<String, ?> arguments) {
    return start(runner, arguments, LONG);
  }

  static Started start(OperationRunner runner, Map<String, ?> arguments, Duration timeLeft) {
    return new Started(runner, arguments, timeLeft);
  }

  /** Starts one, and waits for its outputs. */
  static Map<String, Object> outputs(OperationRunner runner, Map<String, ?> arguments) {
    OperationResult result = start(runner, arguments).result();
    assertThat(result.code()).as("%s", result).isEqualTo(ResultCode.DONE);
    return result.outputs();
  }

  private void done(OperationResult given) {
    results.incrementAndGet();
    result.complete(given);
  }

  void cancel() {
    running.cancel();
  }

  boolean isDone() {
    return result.isDone();
  }

  /** Waits for it. */
  OperationResult result() {
    try {
      return result.get(LONG.toSeconds(), TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("no result", e);
    }
  }

  ResultCode code() {
    return result().code();
  }

  /** Waits for its failure, and returns the words for it. */
  String error() {
    return String.valueOf(result().outputs().get(OperationResult.ERROR));
  }

  /** How many results it has had; more than one is a bug. */
  int results() {
    return results.get();
  }
}
