// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import java.io.IOException;
import java.io.Serial;
import java.util.ArrayList;
import java.util.List;

/** Files that can't be taken, and all that is wrong with them. */
public final class WrongFiles extends IOException {
  @Serial private static final long serialVersionUID = 1;

  /** So many lines are in the message, which may be logged as one. */
  private static final int IN_MESSAGE = 5;

  private final ArrayList<String> lines;

  /** Takes what is wrong: a message with file and line each, at least one. */
  public WrongFiles(List<String> lines) {
    super(message(lines));
    this.lines = new ArrayList<>(lines);
  }

  private static String message(List<String> lines) {
    int more = lines.size() - IN_MESSAGE;
    String first = String.join("; ", more > 0 ? lines.subList(0, IN_MESSAGE) : lines);
    return more > 0 ? first + "; and " + more + " more" : first;
  }

  /** What is wrong, one message a line. */
  public List<String> lines() {
    return List.copyOf(lines);
  }

  /** What an exception of reading files says, one message a line. */
  public static List<String> linesOf(IOException failure) {
    return failure instanceof WrongFiles wrong
        ? wrong.lines()
        : List.of(String.valueOf(failure.getMessage()));
  }
}
