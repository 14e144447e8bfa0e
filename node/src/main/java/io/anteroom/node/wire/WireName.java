// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A domain name in wire format, in lower case (RFC 4343), with its {@linkplain NameHash hash}.
 * Immutable. The order of names is that of their bytes, which is only useful for hash tables.
 */
public final class WireName implements Comparable<WireName> {
  /** The longest name, in wire format (RFC 1035 section 3.1). */
  public static final int MAX_LENGTH = Octets.MAX_NAME;

  private static final byte[] LOWER = lowerCase();

  private final byte[] wire;
  private final long hash;

  /** The bytes must be a well-formed name in lower case, and must not be modified afterwards. */
  private WireName(byte[] wire, long hash) {
    this.wire = wire;
    this.hash = hash;
  }

  /**
   * Parses the presentation form, with or without the final dot ({@code www.example} and {@code
   * www.example.} are the same), with RFC 1035 section 5.1 escapes.
   *
   * @throws IllegalArgumentException if the text is not a domain name
   */
  public static WireName parse(String text) {
    byte[] wire = NameText.parse(text);
    return copyOf(wire, 0, wire.length);
  }

  /**
   * The absolute form of a name that {@link #parse} can read, in the same case, with escapes only
   * where they are needed.
   *
   * @throws IllegalArgumentException if the text is not a domain name
   */
  public static String absolute(String text) {
    return NameText.format(NameText.parse(text));
  }

  /**
   * The wire format of a name that {@link #parse} can read, in the same case.
   *
   * @throws IllegalArgumentException if the text is not a domain name
   */
  public static byte[] wireOf(String text) {
    return NameText.parse(text);
  }

  /**
   * The absolute form of the uncompressed name with which these bytes begin, in the same case.
   *
   * @throws IllegalArgumentException if they begin with none
   */
  public static String absoluteOfWire(byte[] bytes) {
    int end = Octets.plainNameEnd(bytes, 0);
    if (end < 0) {
      throw new IllegalArgumentException("no domain name in wire format");
    }
    return NameText.format(Arrays.copyOf(bytes, end));
  }

  /** Whether {@link #parse} can read this text. */
  public static boolean isName(String text) {
    try {
      NameText.parse(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /**
   * Copies a name in wire format.
   *
   * @throws IllegalArgumentException if the bytes are not exactly one uncompressed domain name
   */
  public static WireName ofWire(byte[] wire) {
    if (Octets.plainNameEnd(wire, 0) != wire.length) {
      throw new IllegalArgumentException("no domain name in wire format");
    }
    return copyOf(wire, 0, wire.length);
  }

  /** Copies the uncompressed, already checked name at this offset, in lower case. */
  static WireName copyOf(byte[] message, int offset, int length) {
    byte[] wire = new byte[length];
    for (int i = 0; i < length; i++) {
      // Length bytes are below 'A', so lower-casing does not change them.
      wire[i] = LOWER[message[offset + i] & 0xff];
    }
    return new WireName(wire, NameHash.of(wire, 0, length));
  }

  /** Whether two uncompressed, checked names of this length are equal, ignoring case. */
  static boolean sameIgnoringCase(byte[] a, byte[] b, int offset, int length) {
    if (Arrays.equals(a, offset, offset + length, b, offset, offset + length)) {
      return true;
    }
    for (int i = offset; i < offset + length; i++) {
      if (LOWER[a[i] & 0xff] != LOWER[b[i] & 0xff]) {
        return false;
      }
    }
    return true;
  }

  static byte lower(byte letter) {
    return LOWER[letter & 0xff];
  }

  /** The length in wire format, with the root label; 1 to 255. */
  public int length() {
    return wire.length;
  }

  /** A copy of the name in wire format. */
  public byte[] toWire() {
    return wire.clone();
  }

  /** Writes the name in wire format at this offset. */
  public void copyTo(byte[] target, int offset) {
    System.arraycopy(wire, 0, target, offset, wire.length);
  }

  /** The presentation form without the final dot; empty for the root. */
  public String text() {
    String plain = NameText.unescaped(wire);
    if (plain != null) {
      return plain;
    }
    String text = NameText.format(wire);
    return text.substring(0, text.length() - 1);
  }

  /** Whether this name is the given one or below it. */
  public boolean isAtOrBelow(WireName ancestor) {
    int start = wire.length - ancestor.wire.length;
    int next = 0;
    while (next < start) {
      next += wire[next] + 1;
    }
    return next == start
        && Arrays.equals(wire, start, wire.length, ancestor.wire, 0, ancestor.wire.length);
  }

  /** The name without its first label; for the root, the root. */
  public WireName parent() {
    return wire.length == 1 ? this : behindLabel();
  }

  private WireName behindLabel() {
    byte[] rest = Arrays.copyOfRange(wire, wire[0] + 1, wire.length);
    return new WireName(rest, NameHash.behindLabel(wire, hash, 0));
  }

  /** The number of labels, without the root label. */
  public int labels() {
    int labels = 0;
    for (int at = 0; wire[at] != 0; at += wire[at] + 1) {
      labels++;
    }
    return labels;
  }

  /** The ancestor with this many labels, or this name. */
  public WireName ancestor(int labels) {
    int at = 0;
    for (int skipped = labels() - labels; skipped > 0; skipped--) {
      at += wire[at] + 1;
    }
    return at == 0
        ? this
        : new WireName(
            Arrays.copyOfRange(wire, at, wire.length), NameHash.of(wire, at, wire.length - at));
  }

  /** Whether the first label is an asterisk (RFC 4592 section 2.1.1). */
  public boolean isWildcard() {
    return wire[0] == 1 && wire[1] == '*';
  }

  /** The internal bytes, which must not be modified. */
  byte[] wire() {
    return wire;
  }

  /** The hash of the whole name, below 2^61. It differs between processes. */
  public long longHash() {
    return hash;
  }

  /**
   * The hash of the last labels of the name, or of the whole name if it does not have more. It
   * differs between processes.
   */
  public long hashOfLast(int labels) {
    long rest = hash;
    int at = 0;
    for (int more = labels() - labels; more > 0; more--) {
      rest = NameHash.behindLabel(wire, rest, at);
      at += wire[at] + 1;
    }
    return rest;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof WireName name && hash == name.hash && Arrays.equals(wire, name.wire);
  }

  @Override
  public int hashCode() {
    return NameHash.fold(hash);
  }

  @Override
  public int compareTo(WireName other) {
    return Arrays.compareUnsigned(wire, other.wire);
  }

  /** The presentation form, absolute, with escapes. */
  @Override
  public String toString() {
    return NameText.format(wire);
  }

  private static byte[] lowerCase() {
    byte[] lower = new byte[256];
    for (int i = 0; i < lower.length; i++) {
      lower[i] = (byte) (i >= 'A' && i <= 'Z' ? i + 32 : i);
    }
    return lower;
  }
}
