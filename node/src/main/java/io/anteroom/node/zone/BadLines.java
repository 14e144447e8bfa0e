// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Lines of files that can't be read: the first ones in words, the others counted. What a line holds
 * comes from strangers, so a message has no more of it than {@link #LONGEST} characters, and
 * control characters in it are escaped. For one thread.
 */
public final class BadLines {
  /** The most characters of a message; of a longer one the middle is left out. */
  static final int LONGEST = 160;

  private final int kept;
  private final List<String> first = new ArrayList<>();
  private int count;

  /** Takes how many lines are told in words. */
  public BadLines(int kept) {
    this.kept = kept;
  }

  /** Notes a line, and what is wrong with it. */
  public void add(Path file, int line, String what) {
    if (count++ < kept) {
      first.add(file + ":" + line + ": " + shown(what));
    }
  }

  /** How many lines are wrong. */
  public int count() {
    return count;
  }

  /** The first lines, each with its file, its number and its mistake. */
  public List<String> first() {
    return List.copyOf(first);
  }

  /** Throws what was noted, if anything was. */
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

  /** The text as it may be shown: short, and without anything that moves a cursor. */
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
