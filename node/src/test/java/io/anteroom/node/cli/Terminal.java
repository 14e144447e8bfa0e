// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

/** A console whose output is kept. */
final class Terminal {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final CompletableFuture<Void> endRequested = new CompletableFuture<>();
  final Console console;
  private String lastLine = "";

  Terminal() {
    this(InputStream.nullInputStream());
  }

  Terminal(InputStream in) {
    console =
        new Console(
            in,
            new PrintStream(out, true, StandardCharsets.UTF_8) {
              @Override
              public void println(String line) {
                super.println(line);
                if (line.equals(lastLine)) {
                  interrupt();
                }
              }
            },
            new PrintStream(err, true, StandardCharsets.UTF_8),
            endRequested);
  }

  int run(Starter starter, String... args) {
    return Main.run(console, starter, args);
  }

  void interrupt() {
    endRequested.complete(null);
  }

  /** As soon as this line was printed. */
  void interruptAfter(String line) {
    lastLine = line;
  }

  String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  String err() {
    return err.toString(StandardCharsets.UTF_8);
  }
}
