// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import org.jspecify.annotations.Nullable;

/**
 * An answer, from an upstream server or a filter, as the bytes it came in, with the offsets that
 * matter. Every section has been walked: names, lengths and counts are sound.
 */
public final class WireAnswer {
  private WireAnswer() {}

  /** Null if it can't be read, is no response, or does not hold exactly one question. */
  public static @Nullable WireAnswer parse(byte[] message) {
    throw new UnsupportedOperationException();
  }

  public byte[] bytes() {
    throw new UnsupportedOperationException();
  }

  public int id() {
    throw new UnsupportedOperationException();
  }

  /** The whole RCODE, with the upper bits from EDNS if there is an OPT record. */
  public int rcode() {
    throw new UnsupportedOperationException();
  }

  public boolean truncated() {
    throw new UnsupportedOperationException();
  }

  public boolean hasEdns() {
    throw new UnsupportedOperationException();
  }

  /** Whether it answers this question: name without regard to case, type and class. */
  public boolean answers(WireQuery query) {
    throw new UnsupportedOperationException();
  }

  /** Whether its question has these very bytes, case included. */
  public boolean answersExactly(byte[] query, int questionEnd) {
    throw new UnsupportedOperationException();
  }
}
