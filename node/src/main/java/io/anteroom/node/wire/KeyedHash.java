// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import java.security.SecureRandom;

/**
 * SipHash-1-3 over three longs, with a secret key. Clients choose their addresses and questions,
 * and must not be able to choose colliding ones. Names are represented by their {@linkplain
 * WireName#longHash hash}. Immutable.
 *
 * <p>All table keys that clients can choose are hashed here. Keys of one class are also comparable,
 * so that a {@code HashMap} stores accidental collisions in a tree.
 */
public final class KeyedHash {
  /** The hash of this process, for tables that need no key of their own. */
  public static final KeyedHash PROCESS = random();

  private static final int WORDS = 4;
  private static final int ROUNDS = WORDS + 3;

  /** The number of hashed bytes, at its position in SipHash's last block. */
  private static final long LENGTH = 24L << 56;

  private final long key0;
  private final long key1;

  private KeyedHash(long key0, long key1) {
    this.key0 = key0;
    this.key1 = key1;
  }

  /** A hash with a random key. */
  public static KeyedHash random() {
    SecureRandom random = new SecureRandom();
    return new KeyedHash(random.nextLong(), random.nextLong());
  }

  static KeyedHash of(long key0, long key1) {
    return new KeyedHash(key0, key1);
  }

  /** The hash of these three. */
  public long of(long a, long b, long c) {
    long v0 = key0 ^ 0x736f6d6570736575L;
    long v1 = key1 ^ 0x646f72616e646f6dL;
    long v2 = key0 ^ 0x6c7967656e657261L;
    long v3 = key1 ^ 0x7465646279746573L;
    for (int round = 0; round < ROUNDS; round++) {
      long word = round == 0 ? a : round == 1 ? b : round == 2 ? c : round == 3 ? LENGTH : 0;
      if (round == WORDS) {
        v2 ^= 0xff;
      }
      v3 ^= word;
      v0 += v1;
      v2 += v3;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 = Long.rotateLeft(v0, 32);
      v2 += v1;
      v0 += v3;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 = Long.rotateLeft(v2, 32);
      v0 ^= word;
    }
    return v0 ^ v1 ^ v2 ^ v3;
  }
}
