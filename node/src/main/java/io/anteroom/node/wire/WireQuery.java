// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

/**
 * A client's query as the bytes it came in, with the offsets that matter. Immutable; the bytes are
 * not copied and must not be changed afterwards. Exactly one question, opcode QUERY, QR clear.
 */
public final class WireQuery implements ParsedQuery {
  private WireQuery() {}

  /** Checks a packet and finds what matters in it; never throws on its content. */
  public static ParsedQuery parse(byte[] packet) {
    throw new UnsupportedOperationException();
  }

  public byte[] bytes() {
    throw new UnsupportedOperationException();
  }

  public int id() {
    throw new UnsupportedOperationException();
  }

  public boolean recursionDesired() {
    throw new UnsupportedOperationException();
  }

  public boolean checkingDisabled() {
    throw new UnsupportedOperationException();
  }

  /** The name asked for, in lower case. */
  public WireName name() {
    throw new UnsupportedOperationException();
  }

  public int type() {
    throw new UnsupportedOperationException();
  }

  public int dnsClass() {
    throw new UnsupportedOperationException();
  }

  /** The offset behind the question; the question starts at 12. */
  public int questionEnd() {
    throw new UnsupportedOperationException();
  }

  public boolean hasEdns() {
    throw new UnsupportedOperationException();
  }

  public boolean dnssecOk() {
    throw new UnsupportedOperationException();
  }

  /**
   * How large an answer over UDP may be: at most 1232 bytes and what the client's EDNS says, at
   * least 512, and 512 without EDNS.
   */
  public int udpLimit() {
    throw new UnsupportedOperationException();
  }
}
