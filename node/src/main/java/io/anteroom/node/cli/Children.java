// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** Starts this program again as processes of their own, which end when this one does. */
interface Children {
  /**
   * Starts a process.
   *
   * @param arguments of the command line
   * @param lines gets what it prints, line by line, on a thread of its own
   * @throws IOException if it can't be started
   */
  Child start(List<String> arguments, Consumer<String> lines) throws IOException;

  /** A process that was started. */
  interface Child {
    long pid();

    /** Completes with the exit code when it has ended and all its lines were passed on. */
    CompletionStage<Integer> whenEnded();

    /** Asks it to end. */
    void stop();

    /** Ends it, whatever it does. */
    void kill();
  }
}
