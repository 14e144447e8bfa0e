// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import java.time.Duration;
import java.util.function.Consumer;

/** Carries out the operations of one service on this node. Thread-safe. */
public interface OperationRunner {
  /** Returned for an operation that was rejected because {@link #capacity} others are there. */
  Running NO_ROOM = () -> {};

  /** Maximum number of operations in progress at once. */
  int capacity();

  /**
   * Starts an operation. Never blocks and never throws.
   *
   * <p>{@code done} is called exactly once, on any thread, possibly before this method returns:
   * when the operation has ended, or has been cancelled and nothing of it is left. Only then has
   * the runner room for another one. If there is no room, it is called with {@code REJECTED} at
   * once, and the result of this method is {@link #NO_ROOM}: it may help to wait for another to
   * end. If it is {@code REJECTED} for any other reason, waiting does not help.
   *
   * @param timeLeft when this time is up, the operation ends by itself, with {@code TIMEOUT}
   */
  Running start(Operation operation, Duration timeLeft, Consumer<OperationResult> done);

  /**
   * Ends all operations, and releases threads and connections. Blocks for at most a few seconds.
   */
  void close();

  /** An operation in progress. */
  @FunctionalInterface
  interface Running {
    /** Ends the operation as soon as possible; never blocks. Has no effect after its end. */
    void cancel();
  }
}
