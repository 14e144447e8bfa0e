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
 * 2308 section 4), {@code $INCLUDE} and {@code $GENERATE}. An invalid entry is reported and
 * skipped, so that one run finds all errors. For one file with its includes; not thread-safe.
 *
 * <p>Such a file is untrusted, so there are limits: the bytes of all files together, the length of
 * an entry, the records that {@code $GENERATE} creates, and the number and depth of included files.
 * Included files must be below one directory. Exceeding a limit is an error for the whole file,
 * because a missing part can't be skipped like an invalid line.
 */
public final class ZoneText {
  /** The maximum number of bytes of an entry, over all its lines. */
  static final int LONGEST_ENTRY = 1 << 18;

  /** The maximum number of records that {@code $GENERATE} creates in a file and its includes. */
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

  /** Receives the records, in order. */
  @FunctionalInterface
  public interface Taker {
    /**
     * Receives a record.
     *
     * @param origin the origin for relative names at this place
     * @throws IllegalArgumentException if the record is invalid; its line is then reported
     * @throws IOException if the whole file must be refused
     */
    void take(Record record, Name origin) throws IOException;
  }

  /**
   * Creates a reader.
   *
   * @param directory the directory below which included files must be
   * @param maxBytes the maximum size of all files together
   * @param bad receives invalid lines
   * @param included receives each included file before it is read
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
   * below it, otherwise the file's own.
   */
  public static Path rootOf(Path file, Path directory) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    boolean inside = Files.exists(file) && file.toRealPath().startsWith(directory.toRealPath());
    return inside || parent == null ? directory : parent;
  }

  /**
   * Reads a file and its includes.
   *
   * @param ttl the TTL of records without one, in seconds; negative if each must have one
   * @throws IOException if a file can't be read or exceeds a limit
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

  /** The line and the lines after it that belong to it because of a parenthesis. */
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
