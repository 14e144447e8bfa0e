// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

/** A domain name in wire format, in lower case (RFC 4343), with its hash. Immutable. */
public final class WireName {
  private WireName() {}

  /**
   * Reads the presentation form, relative or absolute alike ({@code www.example} and {@code
   * www.example.} are the same), with RFC 1035 section 5.1 escapes.
   *
   * @throws IllegalArgumentException if it is no domain name
   */
  public static WireName parse(String text) {
    throw new UnsupportedOperationException(text);
  }

  /** Copies the uncompressed, already checked name at this offset, in lower case. */
  static WireName copyOf(byte[] message, int offset, int length) {
    throw new UnsupportedOperationException();
  }

  /** The length in wire format, with the root label; 1 to 255. */
  public int length() {
    throw new UnsupportedOperationException();
  }

  /** Whether this name is that one, or below it. */
  public boolean isAtOrBelow(WireName ancestor) {
    throw new UnsupportedOperationException();
  }
}
