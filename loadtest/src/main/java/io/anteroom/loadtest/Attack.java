// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.io.IOException;

/** One way to slow a node down or to end it, by whoever reaches it over the network. */
interface Attack extends AutoCloseable {
  /** What the configuration of the node needs for it, beside what it has for all. */
  default String settings() {
    return "";
  }

  /** How many files and sockets the node may have open, as {@code ulimit -n} has it. */
  default String openFiles() {
    return "hard";
  }

  /** Which client asks beside it, in addition to the one that asks over UDP. */
  default Newcomer.Kind newcomer() {
    return Newcomer.Kind.NONE;
  }

  /** Does what has to be done before, when the node runs already. */
  default void prepare(Target target) throws IOException {}

  /** Attacks until the time is up, and lets go of what it has opened. */
  void run(Target target) throws IOException;

  @Override
  default void close() {}

  /**
   * What is attacked.
   *
   * @param endNanos when the time is up, on the clock of {@code System.nanoTime()}
   * @param sent takes note of what is sent
   */
  record Target(Ports ports, long endNanos, Sent sent) {
    boolean isOver() {
      return System.nanoTime() - endNanos >= 0;
    }
  }
}
