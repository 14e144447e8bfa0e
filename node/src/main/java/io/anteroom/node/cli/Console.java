// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The terminal, or a replacement in tests.
 *
 * @param endRequested completes when the program must end
 */
record Console(
    InputStream in, PrintStream out, PrintStream err, CompletableFuture<Void> endRequested) {
  /** The prefix of messages to the operator. */
  static final String NAME = "anteroom";

  /** The prefix of the line that a node or filter prints when it is ready. */
  static final String READY = "ready: ";

  void print(String line) {
    out.println(line);
    out.flush();
  }

  void print(List<String> lines) {
    lines.forEach(this::print);
  }

  /** Prints an error in one line; returns the exit code. */
  int complain(String line) {
    err.println(NAME + ": " + line);
    err.flush();
    return 1;
  }

  /** Prints errors that have their own prefix; returns the exit code. */
  int complain(List<String> messages) {
    messages.forEach(err::println);
    err.flush();
    return 1;
  }

  /** Requests the end of the program when the standard input ends. */
  void endWithInput() {
    Thread thread = new Thread(this::readToEnd, "end-with-stdin");
    thread.setDaemon(true);
    thread.start();
  }

  private void readToEnd() {
    byte[] ignored = new byte[256];
    try {
      while (in.read(ignored) >= 0) {
        // The content is ignored.
      }
    } catch (IOException e) {
      // An error also means that the other end has gone.
    }
    endRequested.complete(null);
  }
}
