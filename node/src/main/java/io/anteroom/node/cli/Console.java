// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The terminal, or what stands for it.
 *
 * @param endRequested completes when somebody wants the program to end
 */
record Console(
    InputStream in, PrintStream out, PrintStream err, CompletableFuture<Void> endRequested) {
  /** What every message to the operator begins with. */
  static final String NAME = "anteroom";

  /** What a line begins with that says that a node or filter does its work. */
  static final String READY = "ready: ";

  void print(String line) {
    out.println(line);
    out.flush();
  }

  void print(List<String> lines) {
    lines.forEach(this::print);
  }

  /** Says in one line what went wrong; returns the exit code for that. */
  int complain(String line) {
    err.println(NAME + ": " + line);
    err.flush();
    return 1;
  }

  /** Shows messages that name their place themselves; returns the exit code for that. */
  int complain(List<String> messages) {
    messages.forEach(err::println);
    err.flush();
    return 1;
  }

  /** Requests the end as soon as there is nothing more to read. */
  void endWithInput() {
    Thread thread = new Thread(this::readToEnd, "end-with-stdin");
    thread.setDaemon(true);
    thread.start();
  }

  private void readToEnd() {
    byte[] ignored = new byte[256];
    try {
      while (in.read(ignored) >= 0) {
        // Nothing is said there; it is only open or not.
      }
    } catch (IOException e) {
      // Then whoever held the other end is gone as well.
    }
    endRequested.complete(null);
  }
}
