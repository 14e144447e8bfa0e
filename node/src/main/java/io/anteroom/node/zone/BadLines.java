// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Invalid lines of files: messages for the first ones and a count of all. The content of a line is
 * untrusted, so a message has at most {@link #LONGEST} characters of it, with control characters
 * escaped. Not thread-safe.
 */
public final class BadLines {
  /** The maximum length of a message; the middle of a longer one is removed. */
  static final int LONGEST = 160;

  private final int kept;
  private final List<String> first = new ArrayList<>();
  private int count;

  /** Creates a collection with this maximum number of messages. */
  public BadLines(int kept) {
    this.kept = kept;
  }

  /** Adds an invalid line and its error. */
  public void add(Path file, int line, String what) {
    if (count++ < kept) {
      first.add(file + ":" + line + ": " + shown(what));
    }
  }

  /** The number of invalid lines. */
  public int count() {
    return count;
  }

  /** Messages for the first lines, each with file, line number and error. */
  public List<String> first() {
    return List.copyOf(first);
  }

  /** Throws an exception with the invalid lines, if there are any. */
  void throwIfAny() throws WrongFiles {
    if (count == 0) {
      return;
    }
    List<String> lines = new ArrayList<>(first);
    int more = count - first.size();
    if (more > 0) {
      lines.add(more == 1 ? "1 more line is wrong" : more + " more lines are wrong");
    }
    throw new WrongFiles(lines);
  }

  /** The text in a form that is safe to print: short, and without control characters. */
  static String shown(String text) {
    if (text.length() <= LONGEST) {
      return escaped(text);
    }
    String end = text.substring(text.length() - LONGEST / 2);
    return escaped(text.substring(0, LONGEST / 2)) + "..." + escaped(end);
  }

  private static String escaped(String text) {
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if (isHidden(c)) {
                out.append("\\u{").append(Integer.toHexString(c)).append('}');
              } else {
                out.appendCodePoint(c);
              }
            });
    return out.toString();
  }

  private static boolean isHidden(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }
}
