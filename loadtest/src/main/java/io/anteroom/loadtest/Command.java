// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.util.function.BiFunction;

/** Runs a load test for a shell. */
final class Command {
  private static final int FAILED = 1;
  private static final int USAGE = 2;

  private Command() {}

  /**
   * Runs it.
   *
   * @return the exit code: 0 if every claim held. The process is to end with it, whatever threads
   *     are left.
   */
  static int run(
      String[] arguments, BiFunction<Options, Report, Runnable> test, String... options) {
    Report report = new Report(System.out);
    Runnable ready;
    try {
      ready = test.apply(Options.of(arguments, options), report);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      return USAGE;
    }
    try {
      ready.run();
      return report.end();
    } catch (RuntimeException e) {
      e.printStackTrace();
      return FAILED;
    }
  }
}
