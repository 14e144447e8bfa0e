// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.blocklist;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A set of names; each also covers the names below it. Immutable. */
public final class Blocklist implements NameLookup {
  /** The name on the list of the embedded example filter. */
  public static final String EXAMPLE = "blocked.anteroom.test";

  private final Set<String> names;

  private Blocklist(Stream<String> names) {
    this.names = names.map(Blocklist::canonical).collect(Collectors.toUnmodifiableSet());
  }

  public static Blocklist of(Collection<String> names) {
    return new Blocklist(names.stream());
  }

  /**
   * Reads a file with one name per line; what follows a {@code #} is a comment.
   *
   * @throws IOException if it can't be read
   */
  public static Blocklist read(Path file) throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      return new Blocklist(
          lines.map(line -> line.replaceFirst("#.*", "").strip()).filter(line -> !line.isEmpty()));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  public int size() {
    return names.size();
  }

  @Override
  public CompletableFuture<Boolean> isListed(String name) {
    return CompletableFuture.completedFuture(contains(name));
  }

  private boolean contains(String name) {
    int start = 0;
    while (start < name.length() && !names.contains(name.substring(start))) {
      start = nextLabel(name, start);
    }
    return start < name.length();
  }

  /** The start of the next label; a dot after a backslash belongs to its label. */
  private static int nextLabel(String name, int start) {
    int i = start;
    while (i < name.length() && name.charAt(i) != '.') {
      i += name.charAt(i) == '\\' ? 2 : 1;
    }
    return i + 1;
  }

  private static String canonical(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }
}
