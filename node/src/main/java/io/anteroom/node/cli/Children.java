// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** Starts this program in separate processes, which end when this one does. */
interface Children {
  /**
   * Starts a process.
   *
   * @param arguments the arguments of the command line
   * @param lines receives its output, line by line, on a separate thread
   * @throws IOException if the process can't be started
   */
  Child start(List<String> arguments, Consumer<String> lines) throws IOException;

  /** A started process. */
  interface Child {
    long pid();

    /** Completes with the exit code when it has ended and all its lines were passed on. */
    CompletionStage<Integer> whenEnded();

    /** Asks it to end. */
    void stop();

    /** Kills it. */
    void kill();
  }
}
