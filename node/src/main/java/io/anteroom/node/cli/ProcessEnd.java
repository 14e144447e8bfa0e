// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The end of this process. SIGINT and SIGTERM request it; the main thread then stops everything and
 * sets the exit code, which would otherwise be 130 or 143.
 */
final class ProcessEnd {
  /** Longer than the longest drain of a configuration. */
  private static final int LONGEST_END_SECONDS = 75;

  private static final int CUT_OFF = 1;

  private final CompletableFuture<Void> requested = new CompletableFuture<>();
  private final CompletableFuture<Integer> code = new CompletableFuture<>();

  private ProcessEnd() {}

  static ProcessEnd install() {
    ProcessEnd end = new ProcessEnd();
    Runtime.getRuntime().addShutdownHook(new Thread(end::onShutdown, "process-end"));
    return end;
  }

  /** Completes when a signal asks the process to end. */
  CompletableFuture<Void> requested() {
    return requested;
  }

  /** Ends the process. */
  void exit(int value) {
    code.complete(value);
    System.exit(value);
  }

  private void onShutdown() {
    requested.complete(null);
    int value = CUT_OFF;
    try {
      value = code.get(LONGEST_END_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      System.err.println(Console.NAME + ": is cut off");
    }
    System.out.flush();
    System.err.flush();
    Runtime.getRuntime().halt(value);
  }
}
