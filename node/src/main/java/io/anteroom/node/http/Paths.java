// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.http;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The paths of a listener. Each is exact, or ends in {@code /*} or {@code /{identity}}, which
 * stands for one more segment that is not empty. Paths are compared as they are sent: nothing is
 * decoded. Immutable.
 */
public final class Paths {
  /** The path that clients use unless they are told another (RFC 8484 section 4.1.1). */
  public static final Paths DEFAULT = new Paths(List.of("/dns-query"));

  /** Longest path that is taken; it is kept with each of its queries. */
  private static final int LONGEST = 255;

  private static final String ANY = "*";
  private static final String IDENTITY = "{identity}";

  private final List<String> all;

  /** Paths that {@link #check} has accepted. */
  public Paths(List<String> all) {
    this.all = List.copyOf(all);
  }

  /**
   * Returns a path of the configuration as it is.
   *
   * @throws IllegalArgumentException says what is wrong
   */
  public static String check(String path) {
    String fixed = isOpen(path) ? prefix(path) : path;
    if (!path.startsWith("/") || path.length() > LONGEST) {
      throw new IllegalArgumentException(
          "must be a path of at most %d characters that begins with /".formatted(LONGEST));
    }
    if (!fixed.chars().allMatch(c -> c > ' ' && c < 0x7f && "?#*{}".indexOf(c) < 0)) {
      throw new IllegalArgumentException(
          "may have * or {identity} only as its last segment, and no space, ? or #");
    }
    return path;
  }

  private static boolean isOpen(String path) {
    return path.endsWith("/" + ANY) || path.endsWith("/" + IDENTITY);
  }

  private static String prefix(String path) {
    return path.substring(0, path.lastIndexOf('/') + 1);
  }

  /** The path of a request target, without its query; null if it is not one of these. */
  public @Nullable String match(CharSequence target) {
    int end = end(target);
    for (String path : all) {
      if (isOpen(path)) {
        if (isBelow(prefix(path), target, end)) {
          return target.subSequence(0, end).toString();
        }
      } else if (end == path.length() && startsWith(target, path)) {
        return path;
      }
    }
    return null;
  }

  private static boolean isBelow(String prefix, CharSequence target, int end) {
    if (end <= prefix.length() || end > LONGEST || !startsWith(target, prefix)) {
      return false;
    }
    for (int i = prefix.length(); i < end; i++) {
      if (target.charAt(i) == '/') {
        return false;
      }
    }
    return true;
  }

  private static boolean startsWith(CharSequence target, String prefix) {
    if (target.length() < prefix.length()) {
      return false;
    }
    for (int i = 0; i < prefix.length(); i++) {
      if (target.charAt(i) != prefix.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** Where the path ends in a target. */
  static int end(CharSequence target) {
    for (int i = 0; i < target.length(); i++) {
      if (target.charAt(i) == '?' || target.charAt(i) == '#') {
        return i;
      }
    }
    return target.length();
  }

  /** The first path that is exact; null if each one stands for several. */
  public @Nullable String exact() {
    return all.stream().filter(path -> !isOpen(path)).findFirst().orElse(null);
  }

  /** The paths as they are in the configuration. */
  public List<String> all() {
    return all;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Paths that && all.equals(that.all);
  }

  @Override
  public int hashCode() {
    return all.hashCode();
  }

  @Override
  public String toString() {
    return all.toString();
  }
}
