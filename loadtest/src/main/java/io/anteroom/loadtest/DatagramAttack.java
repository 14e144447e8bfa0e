// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.io.IOException;
import java.util.List;
import java.util.function.IntFunction;

/**
 * An attack by queries over UDP, so many a second.
 *
 * @param before how many of them are sent in advance, at the same rate
 */
record DatagramAttack(int perSecond, int before, IntFunction<byte[]> message) implements Attack {
  private static final int COLLIDING = 16_000;
  private static final int IDS = 1 << 16;

  @Override
  public void prepare(Target target) throws IOException {
    long end = target.endNanos() + before * 1_000_000_000L / perSecond;
    Datagrams.run(new Target(target.ports(), end, target.sent()), perSecond, message);
  }

  @Override
  public void run(Target target) throws IOException {
    Datagrams.run(target, perSecond, message);
  }

  /** Asks for names in the cache whose hashes would all be the same if they were polynomials. */
  static Attack collidingNames() {
    List<byte[]> names = CollidingNames.make(COLLIDING);
    return new DatagramAttack(
        2_000, COLLIDING, i -> Packets.query(names.get(i % names.size()), i / names.size() % IDS));
  }

  /** Names about which the upstream server says nothing, so that it looks as if it were down. */
  static Attack flapping() {
    return new DatagramAttack(100, 0, i -> Packets.query(QuietUpstream.silentName(i), i % IDS));
  }
}
