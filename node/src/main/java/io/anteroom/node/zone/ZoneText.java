// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Looks through a zone file, and the files that it includes, before dnsjava reads it: that would
 * take any bytes for names, follow a file that includes itself until the stack is full, wait for a
 * pipe, and generate two thousand million records from one line.
 */
public final class ZoneText {
  /** How deep files may include one another. */
  static final int MAX_DEPTH = 10;

  /** Records that all {@code $GENERATE} lines together may make. */
  static final long MAX_GENERATED = 1_000_000;

  private static final int MAX_FILES = 1_000;

  private final List<Path> files = new ArrayList<>();
  private long generated;

  private ZoneText() {}

  /**
   * Checks a file and all that it includes.
   *
   * @return the files, the first one first
   * @throws IOException with the file and line that is wrong
   */
  public static List<Path> check(Path file) throws IOException {
    ZoneText text = new ZoneText();
    text.check(file, 0);
    return text.files;
  }

  private void check(Path file, int depth) throws IOException {
    files.add(file);
    if (files.size() > MAX_FILES) {
      throw new IOException(file + ": one of more than " + MAX_FILES + " included files");
    }
    TextLines.read(
        file,
        (number, line) -> {
          if (line.startsWith("$")) {
            directive(file, number, line.strip().split("\\s+", -1), depth);
          }
        });
  }

  private void directive(Path file, int number, String[] words, int depth) throws IOException {
    switch (words[0].toUpperCase(Locale.ROOT)) {
      case "$INCLUDE" -> {
        if (words.length > 1) {
          if (depth == MAX_DEPTH) {
            throw wrong(file, number, "files include one another more than " + depth + " deep");
          }
          Path included = file.resolveSibling(words[1].replace("\"", ""));
          if (!Files.isRegularFile(included)) {
            throw wrong(file, number, included + " is no file that can be included");
          }
          check(included, depth + 1);
        }
      }
      case "$GENERATE" -> {
        generated += words.length > 1 ? count(words[1]) : 0;
        if (generated > MAX_GENERATED) {
          throw wrong(
              file, number, "makes more than " + MAX_GENERATED + " records, with those before");
        }
      }
      default -> {}
    }
  }

  /** How many numbers {@code start-end/step} has; none if dnsjava won't take it either. */
  private static long count(String range) {
    String[] parts = range.split("[-/]", -1);
    try {
      long step = parts.length > 2 ? Long.parseLong(parts[2]) : 1;
      long span = Long.parseLong(parts[1]) - Long.parseLong(parts[0]);
      return span < 0 || step <= 0 ? 0 : span / step + 1;
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      return 0;
    }
  }

  private static IOException wrong(Path file, int number, String what) {
    return new IOException(file + ":" + number + ": " + what);
  }
}
