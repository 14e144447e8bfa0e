// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.netty.buffer.ByteBuf;

/** A UDP socket, connected to one server, with its own random source port. */
final class UdpSocket extends UpstreamSocket {
  /**
   * Number of wrong answers after which somebody may be guessing: RFC 5452 section 9.3 asks for
   * such a limit.
   */
  private static final int SUSPICIOUS = 20;

  private final long bornNanos;
  private int wrongAnswers;
  private boolean retired;

  UdpSocket(Forwarder forwarder, IdSpace ids, long nowNanos) {
    super(forwarder, ids);
    bornNanos = nowNanos;
  }

  @Override
  void frame(ByteBuf buffer, byte[] message) {
    buffer.writeBytes(message);
  }

  /** Whether it has reached its maximum of queries or of age. */
  boolean isSpent(int maxQueries, long lifeNanos, long nowNanos) {
    return ids().size() >= maxQueries || nowNanos - bornNanos >= lifeNanos;
  }

  /** Counts a wrong answer if queries are in flight; true once the limit is reached. */
  boolean suspect() {
    return inFlight() > 0 && ++wrongAnswers >= SUSPICIOUS;
  }

  /** Marks it as retired: it gets no new queries. */
  void retire() {
    retired = true;
  }

  boolean isRetired() {
    return retired;
  }
}
