// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import java.security.SecureRandom;

/**
 * SipHash (Aumasson and Bernstein 2012) of a few longs, under a key that nobody outside knows. It
 * is the only implementation in the node. Immutable.
 *
 * <h2>For tables</h2>
 *
 * {@link #of} is SipHash-1-3 of three longs. Clients choose their addresses and what they ask for,
 * and must not be able to choose such as meet in a table. Names come in by their {@linkplain
 * WireName#longHash hash}. Whatever a client chooses and a table has as its key is hashed here.
 * Such keys can be compared as well, where they are of one class, so that a {@code HashMap} keeps
 * what meets by chance in a tree.
 *
 * <h2>For what must not be guessed</h2>
 *
 * {@link #unguessable} is SipHash-2-4 of one long: twice the rounds, for values that are shown to
 * others who must not learn the next one from them.
 */
public final class KeyedHash {
  /** For the tables of this process that need no key of their own. */
  public static final KeyedHash PROCESS = random(new SecureRandom());

  private final long key0;
  private final long key1;

  private KeyedHash(long key0, long key1) {
    this.key0 = key0;
    this.key1 = key1;
  }

  /** One with a key that nobody knows. */
  public static KeyedHash random() {
    return random(new SecureRandom());
  }

  /** One with a key that only this source of randomness knows. */
  public static KeyedHash random(SecureRandom random) {
    return new KeyedHash(random.nextLong(), random.nextLong());
  }

  static KeyedHash of(long key0, long key1) {
    return new KeyedHash(key0, key1);
  }

  /** SipHash-1-3 of the 24 bytes of these three. */
  public long of(long a, long b, long c) {
    return hash(1, 3, 3, a, b, c);
  }

  /** SipHash-2-4 of the eight bytes of this one. */
  public long unguessable(long a) {
    return hash(2, 4, 1, a, 0, 0);
  }

  /**
   * The hash of the first of these words, and of their length in bytes, which SipHash puts behind
   * them as a word of its own.
   *
   * @param perWord rounds for each word
   * @param atEnd rounds behind the last word
   */
  private long hash(int perWord, int atEnd, int words, long a, long b, long c) {
    long v0 = key0 ^ 0x736f6d6570736575L;
    long v1 = key1 ^ 0x646f72616e646f6dL;
    long v2 = key0 ^ 0x6c7967656e657261L;
    long v3 = key1 ^ 0x7465646279746573L;
    long length = (long) words * Long.BYTES << 56;
    int end = perWord * (words + 1);
    for (int round = 0; round < end + atEnd; round++) {
      int at = round / perWord;
      long word = at > words ? 0 : at == words ? length : at == 0 ? a : at == 1 ? b : c;
      if (round == end) {
        v2 ^= 0xff;
      }
      if (round % perWord == 0) {
        v3 ^= word;
      }
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
      if (round % perWord == perWord - 1) {
        v0 ^= word;
      }
    }
    return v0 ^ v1 ^ v2 ^ v3;
  }
}
