// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import io.anteroom.node.flow.PolicyCall;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import java.util.function.Consumer;

/**
 * Counts launched operations in a row that ended at once, each launched by the report of the one
 * before. Without a limit of them, a report that launches its operation again would keep a thread
 * busy for as long as the operation is rejected. For the thread of one state, or of one report.
 */
final class ReportChain {
  private int current;

  /** What is done with a result, and the number of operations in a row that had ended at once. */
  @FunctionalInterface
  interface Report {
    void accept(OperationResult result, int endedAtOnce);
  }

  /** Whether the report that runs now must not launch another operation. */
  boolean isOver() {
    return current >= PolicyCall.MAX_ENDED_AT_ONCE;
  }

  /** The error for it. */
  static String error() {
    return "launches another operation after %d that ended at once"
        .formatted(PolicyCall.MAX_ENDED_AT_ONCE);
  }

  /** Launches an operation. Its report may come before this returns. */
  void launch(Launches launches, int asyncId, Operation operation, Report report) {
    int before = current;
    Thread here = Thread.currentThread();
    boolean[] launched = {false}; // for this thread only
    Consumer<OperationResult> done =
        result -> {
          boolean inside = Thread.currentThread().equals(here) && !launched[0];
          report.accept(result, inside || isRefusal(result) ? before + 1 : 0);
        };
    launches.launch(asyncId, operation, done);
    launched[0] = true;
  }

  private static boolean isRefusal(OperationResult result) {
    ResultCode code = result.code();
    return code == ResultCode.REFUSED
        || code == ResultCode.REJECTED
        || code == ResultCode.CANCELLED;
  }

  /** Begins a report; returns what {@link #end} needs. */
  int begin(int endedAtOnce) {
    int outer = current;
    current = endedAtOnce;
    return outer;
  }

  void end(int outer) {
    current = outer;
  }
}
