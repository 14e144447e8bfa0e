// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.wire.WireName;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A pattern for names, as in {@code ad*.example.com}: an asterisk stands for any characters,
 * including dots, or for none. Immutable.
 *
 * <p>Names are matched as text in lower case without the final dot. The first and the last part are
 * compared first; then each other part is searched for once, after the end of the previous one. So
 * each part takes at most as many steps as the name has bytes.
 */
final class NamePattern {
  private final List<byte[]> parts;

  private NamePattern(List<byte[]> parts) {
    this.parts = parts;
  }

  /** Whether the text has an unescaped asterisk. */
  static boolean isOne(String text) {
    int star = text.indexOf('*');
    while (star > 0 && text.charAt(star - 1) == '\\') {
      star = text.indexOf('*', star + 1);
    }
    return star >= 0;
  }

  /** Whether the text is a wildcard: {@code *.example}, or {@code *} alone. */
  static boolean isWildcard(String text) {
    return text.equals("*") || (text.startsWith("*.") && !isOne(text.substring(1)));
  }

  /**
   * Reads a pattern.
   *
   * @throws IllegalArgumentException if no name can match it
   */
  static NamePattern parse(String text) {
    // With a letter in place of each asterisk, the pattern must be a valid name.
    WireName.parse(text.replaceAll("\\*+", "a"));
    if (text.indexOf('\\') >= 0) {
      throw new IllegalArgumentException("the pattern '" + text + "' can't have escapes");
    }
    String lower = text.toLowerCase(Locale.ROOT);
    String relative = lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    return new NamePattern(
        Arrays.stream(relative.split("\\*+", -1))
            .map(part -> part.getBytes(StandardCharsets.US_ASCII))
            .toList());
  }

  /** The text form of a name that patterns are matched against. */
  static byte[] textOf(WireName name) {
    byte[] wire = name.toWire();
    for (int label = 0; wire[label] != 0; ) {
      int next = label + wire[label] + 1;
      wire[label] = '.';
      label = next;
    }
    return wire.length == 1 ? new byte[0] : Arrays.copyOfRange(wire, 1, wire.length - 1);
  }

  boolean matches(byte[] name) {
    byte[] first = parts.get(0);
    byte[] last = parts.get(parts.size() - 1);
    int end = name.length - last.length;
    if (end < first.length || !isAt(first, name, 0) || !isAt(last, name, end)) {
      return false;
    }
    int from = first.length;
    for (int i = 1; i < parts.size() - 1; i++) {
      int found = find(parts.get(i), name, from, end);
      if (found < 0) {
        return false;
      }
      from = found + parts.get(i).length;
    }
    return true;
  }

  private static int find(byte[] part, byte[] name, int from, int end) {
    for (int at = from; at + part.length <= end; at++) {
      if (isAt(part, name, at)) {
        return at;
      }
    }
    return -1;
  }

  private static boolean isAt(byte[] part, byte[] name, int at) {
    return Arrays.equals(part, 0, part.length, name, at, at + part.length);
  }
}
