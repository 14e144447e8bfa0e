// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import io.anteroom.node.net.Survival;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.policy.Launcher;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Starts the operations of one policy for which no query waits. It does not refer to the policy.
 */
final class JavaLauncher implements Launcher {
  /** Of the reports that the thread runs now. */
  private static final ThreadLocal<ReportChain> CHAIN = ThreadLocal.withInitial(ReportChain::new);

  private final Launches launches;
  private final Consumer<Throwable> onReportFailure;
  private volatile Map<String, Integer> allowed = Map.of();
  private volatile boolean isClosed;

  /**
   * Creates a launcher that may start nothing yet.
   *
   * @param onReportFailure gets what a report throws
   */
  JavaLauncher(Launches launches, Consumer<Throwable> onReportFailure) {
    this.launches = launches;
    this.onReportFailure = onReportFailure;
  }

  /** Sets the operations that may be started, with their asyncIDs. */
  void allow(Map<String, Integer> operations) {
    allowed = Map.copyOf(operations);
  }

  void close() {
    isClosed = true;
  }

  @Override
  public void launch(String operation, Operation arguments) {
    launch(operation, arguments, result -> {});
  }

  @Override
  public void launch(String operation, Operation arguments, Consumer<OperationResult> report) {
    Objects.requireNonNull(arguments, "the arguments are null");
    Objects.requireNonNull(report, "the report is null");
    Integer asyncId = allowed.get(operation);
    if (asyncId == null) {
      throw new IllegalArgumentException(
          "the policy did not name the operation \"" + operation + "\" when it started");
    }
    ReportChain chain = CHAIN.get();
    if (chain.isOver()) {
      throw new IllegalStateException(ReportChain.error());
    } else if (!isClosed) {
      chain.launch(launches, asyncId, arguments, (result, ended) -> report(report, result, ended));
    }
  }

  private void report(Consumer<OperationResult> report, OperationResult result, int endedAtOnce) {
    if (isClosed) {
      return;
    }
    ReportChain chain = CHAIN.get();
    int outer = chain.begin(endedAtOnce);
    try {
      report.accept(result);
    } catch (Throwable e) {
      Survival.endIfOutOfMemory(e);
      onReportFailure.accept(e);
    } finally {
      chain.end(outer);
    }
  }
}
