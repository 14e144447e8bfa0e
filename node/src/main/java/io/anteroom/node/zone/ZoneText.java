// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

/**
 * Reads the records of a master file (RFC 1035 section 5), with {@code $ORIGIN}, {@code $TTL} (RFC
 * 2308 section 4), {@code $INCLUDE} and {@code $GENERATE}. An entry that can't be read is a wrong
 * line and is passed by, so that one run finds all of them. For one file with all it includes, and
 * one thread.
 *
 * <p>Such a file may come from anybody, so all that it can ask for is bounded: the bytes of all
 * files together, an entry's length, the records that {@code $GENERATE} makes, and how many files
 * are included, and how deep. Included files must be below one directory. What goes beyond a bound
 * refuses the whole, as a part that is missing is no wrong line.
 */
public final class ZoneText {
  /** The most bytes of an entry, over all its lines. */
  static final int LONGEST_ENTRY = 1 << 18;

  /** The most records that {@code $GENERATE} makes in a file and all that it includes. */
  static final int MAX_GENERATED = 1 << 17;

  static final int MAX_INCLUDES = 100;
  static final int MAX_DEPTH = 8;

  private final Path directory;
  private final Taker taker;
  private final BadLines bad;
  private final Consumer<Path> included;
  private final Deque<Path> open = new ArrayDeque<>();
  private long bytesLeft;
  private int includes;
  private int generated;

  /** Gets the records, in their order. */
  @FunctionalInterface
  public interface Taker {
    /**
     * Takes one.
     *
     * @param origin what relative names are relative to at its place
     * @throws IllegalArgumentException if it is wrong, which makes its line a wrong one
     * @throws IOException if the whole can't be taken
     */
    void take(Record record, Name origin) throws IOException;
  }

  /**
   * A reader that has read nothing yet.
   *
   * @param directory below which included files must be
   * @param maxBytes of all files together
   * @param bad is told of wrong lines
   * @param included is told of each included file, before it is read
   */
  public ZoneText(
      Path directory, long maxBytes, Taker taker, BadLines bad, Consumer<Path> included) {
    this.directory = directory;
    this.bytesLeft = maxBytes;
    this.taker = taker;
    this.bad = bad;
    this.included = included;
  }

  /**
   * The directory below which a file's includes must be: that of the configuration if the file is
   * there as well, or else the file's own.
   */
  public static Path rootOf(Path file, Path directory) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    boolean inside = Files.exists(file) && file.toRealPath().startsWith(directory.toRealPath());
    return inside || parent == null ? directory : parent;
  }

  /**
   * Reads a file and all that it includes.
   *
   * @param ttl of records without any, in seconds; negative if each must have one
   * @throws IOException if a file can't be read, or goes beyond a bound
   */
  public void read(Path file, Name origin, long ttl) throws IOException {
    try (TextLines lines = TextLines.open(file, bytesLeft, bad)) {
      open.push(file.toRealPath());
      bytesLeft -= lines.size();
      ZoneEntries entries = new ZoneEntries(origin, ttl);
      for (String line = lines.next(); line != null; line = lines.next()) {
        int number = lines.number();
        String entry = wholeEntry(file, line, lines);
        take(file, number, entries, entry);
      }
      open.pop();
    }
  }

  /** The line, and those behind it that belong to it by a parenthesis. */
  private static String wholeEntry(Path file, String line, TextLines lines) throws IOException {
    int number = lines.number();
    int depth = ZoneEntries.depthBehind(line, 0);
    if (depth <= 0) {
      return line;
    }
    StringBuilder entry = new StringBuilder(line);
    while (depth > 0) {
      String next = lines.next();
      if (next == null || entry.length() + next.length() > LONGEST_ENTRY) {
        throw new IOException(
            "%s:%d: has a parenthesis that does not end within 256 KiB".formatted(file, number));
      }
      entry.append('\n').append(next);
      depth = ZoneEntries.depthBehind(next, depth);
    }
    return entry.toString();
  }

  private void take(Path file, int number, ZoneEntries entries, String text) throws IOException {
    ZoneEntries.Entry entry;
    try {
      entry = entries.parse(text);
    } catch (IllegalArgumentException e) {
      bad.add(file, number, String.valueOf(e.getMessage()));
      return;
    }
    if (entry instanceof ZoneEntries.One one) {
      take(file, number, one.record(), entries.origin());
    } else if (entry instanceof ZoneEntries.Generate generate) {
      generate(file, number, generate, entries.origin());
    } else if (entry instanceof ZoneEntries.Include include) {
      include(file, number, include, entries);
    }
  }

  private void take(Path file, int number, Record record, Name origin) throws IOException {
    try {
      taker.take(record, origin);
    } catch (IllegalArgumentException e) {
      bad.add(file, number, String.valueOf(e.getMessage()));
    }
  }

  private void generate(Path file, int number, ZoneEntries.Generate generate, Name origin)
      throws IOException {
    if (generate.count() > MAX_GENERATED - generated) {
      throw new IOException(
          "%s:%d: $GENERATE would make more than %d records"
              .formatted(file, number, MAX_GENERATED));
    }
    generated += (int) generate.count();
    int before = bad.count();
    for (long i = 0; i < generate.count() && bad.count() == before; i++) {
      Record record = null;
      try {
        record = generate.next();
      } catch (IllegalArgumentException e) {
        bad.add(file, number, String.valueOf(e.getMessage()));
      }
      if (record != null) {
        take(file, number, record, origin);
      }
    }
  }

  private void include(Path from, int line, ZoneEntries.Include include, ZoneEntries entries)
      throws IOException {
    Path file = from.toAbsolutePath().resolveSibling(include.file()).normalize();
    String reason = reasonAgainst(file);
    if (reason != null) {
      String shown = BadLines.shown(include.file());
      throw new IOException("%s:%d: $INCLUDE %s: %s".formatted(from, line, shown, reason));
    }
    includes++;
    included.accept(file);
    Name origin = include.origin();
    read(file, origin == null ? entries.origin() : origin, entries.ttl());
  }

  private @Nullable String reasonAgainst(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      return Files.exists(file) ? "is no regular file" : "no such file";
    }
    Path real = file.toRealPath();
    if (!real.startsWith(directory.toRealPath())) {
      return "is not below " + directory;
    }
    if (open.contains(real)) {
      return "the file includes itself";
    }
    if (open.size() > MAX_DEPTH) {
      return "is more than " + MAX_DEPTH + " files deep";
    }
    return includes < MAX_INCLUDES ? null : "is one of more than " + MAX_INCLUDES + " files";
  }
}
