// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import java.io.IOException;
import java.io.Serial;
import java.util.ArrayList;
import java.util.List;

/** Thrown for invalid files, with all their errors. */
public final class WrongFiles extends IOException {
  @Serial private static final long serialVersionUID = 1;

  /** The maximum number of errors in the message, which may be logged as one line. */
  private static final int IN_MESSAGE = 5;

  private final ArrayList<String> lines;

  /** Creates an exception from at least one error, each with file and line. */
  public WrongFiles(List<String> lines) {
    super(message(lines));
    this.lines = new ArrayList<>(lines);
  }

  private static String message(List<String> lines) {
    int more = lines.size() - IN_MESSAGE;
    String first = String.join("; ", more > 0 ? lines.subList(0, IN_MESSAGE) : lines);
    return more > 0 ? first + "; and " + more + " more" : first;
  }

  /** The errors. */
  public List<String> lines() {
    return List.copyOf(lines);
  }

  /** The errors of an exception from reading files. */
  public static List<String> linesOf(IOException failure) {
    return failure instanceof WrongFiles wrong
        ? wrong.lines()
        : List.of(String.valueOf(failure.getMessage()));
  }
}
