// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.netty.buffer.ByteBuf;

/** A UDP socket, connected to one server, with a random port of its own. */
final class UdpSocket extends UpstreamSocket {
  /**
   * Wrong answers after which somebody seems to guess: RFC 5452 section 9.3 asks for such a limit.
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

  /** Whether it has had its share of queries or of time. */
  boolean isSpent(int maxQueries, long lifeNanos, long nowNanos) {
    return ids().size() >= maxQueries || nowNanos - bornNanos >= lifeNanos;
  }

  /** Counts a wrong answer; true if it was one too many. */
  boolean suspect() {
    return inFlight() > 0 && ++wrongAnswers >= SUSPICIOUS;
  }

  /** It takes no new queries. */
  void retire() {
    retired = true;
  }

  boolean isRetired() {
    return retired;
  }
}
