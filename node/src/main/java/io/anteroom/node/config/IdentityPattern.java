// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import org.jspecify.annotations.Nullable;

/**
 * A text with one gap, which is the identity of a client: {@code *.dns.example} for the name of a
 * server, or {@code /dns-query/{identity}} for a path.
 *
 * @param before what precedes the gap
 * @param after what follows it
 * @param separator the character that is not in the gap: it ends a label or a segment
 */
public record IdentityPattern(String before, String after, char separator) {
  /**
   * Reads a pattern.
   *
   * @param gap the mark of the gap, which occurs once
   * @throws IllegalArgumentException if it does not
   */
  static IdentityPattern parse(String text, String gap, char separator) {
    int at = text.indexOf(gap);
    if (at < 0 || text.indexOf(gap, at + 1) >= 0) {
      throw new IllegalArgumentException("must have " + gap + " in it once, not \"" + text + "\"");
    }
    return new IdentityPattern(text.substring(0, at), text.substring(at + gap.length()), separator);
  }

  /** What the text has in the gap, which is not empty; null if the text does not fit. */
  public @Nullable String find(String text) {
    int end = text.length() - after.length();
    if (end <= before.length() || !text.startsWith(before) || !text.endsWith(after)) {
      return null;
    }
    String found = text.substring(before.length(), end);
    return found.indexOf(separator) < 0 ? found : null;
  }
}
