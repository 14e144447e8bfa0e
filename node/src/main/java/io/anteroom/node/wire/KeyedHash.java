// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import java.security.SecureRandom;

/**
 * SipHash (Aumasson and Bernstein 2012) over a few longs, with a secret key. It is the only
 * implementation in the node. Immutable.
 *
 * <h2>For tables</h2>
 *
 * {@link #of} is SipHash-1-3 over three longs. Clients choose their addresses and questions, and
 * must not be able to choose colliding ones. Names are represented by their {@linkplain
 * WireName#longHash hash}. All table keys that clients can choose are hashed here. Keys of one
 * class are also comparable, so that a {@code HashMap} stores accidental collisions in a tree.
 *
 * <h2>For values that must not be guessed</h2>
 *
 * {@link #unguessable(long)} is SipHash-2-4. It has twice the rounds, for values that others see
 * and from which they must not derive the next one.
 */
public final class KeyedHash {
  /** The hash of this process, for tables that need no key of their own. */
  public static final KeyedHash PROCESS = random(new SecureRandom());

  /** How many characters a long holds. */
  private static final int CHARS = Long.SIZE / Character.SIZE;

  private final long key0;
  private final long key1;

  private KeyedHash(long key0, long key1) {
    this.key0 = key0;
    this.key1 = key1;
  }

  /** A hash with a random key. */
  public static KeyedHash random() {
    return random(new SecureRandom());
  }

  /** A hash with a key from this source of randomness. */
  public static KeyedHash random(SecureRandom random) {
    return new KeyedHash(random.nextLong(), random.nextLong());
  }

  static KeyedHash of(long key0, long key1) {
    return new KeyedHash(key0, key1);
  }

  /** SipHash-1-3 of the 24 bytes of these longs. */
  public long of(long a, long b, long c) {
    return hash(1, 3, 3, a, b, c, 0, length(3 * Long.BYTES));
  }

  /** A hash of a text of at most a few hundred characters, made of several of {@link #of}. */
  public long of(String text) {
    long hash = text.length();
    for (int at = 0; at < text.length(); at += 2 * CHARS) {
      hash = of(hash, word(text, at), word(text, at + CHARS));
    }
    return hash;
  }

  private static long word(String text, int from) {
    long word = 0;
    for (int at = from; at < Math.min(from + CHARS, text.length()); at++) {
      word = word << Character.SIZE | text.charAt(at);
    }
    return word;
  }

  /** SipHash-2-4 of the eight bytes of this long. */
  public long unguessable(long a) {
    return hash(2, 4, 1, a, 0, 0, 0, length(Long.BYTES));
  }

  /** SipHash-2-4 of the 20 bytes of these numbers. */
  long unguessable(long a, long b, int c) {
    return hash(2, 4, 2, a, b, 0, 0, length(20) | Integer.toUnsignedLong(c));
  }

  /** SipHash-2-4 of the 32 bytes of these longs. */
  long unguessable(long a, long b, long c, long d) {
    return hash(2, 4, 4, a, b, c, d, length(4 * Long.BYTES));
  }

  /** The last word of a message of so many bytes, without those that fill no word. */
  private static long length(int bytes) {
    return (long) bytes << 56;
  }

  /**
   * The hash of the first of these words, followed by the last word.
   *
   * @param perWord rounds for each word
   * @param atEnd rounds after the last word
   */
  private long hash(int perWord, int atEnd, int words, long a, long b, long c, long d, long last) {
    long v0 = key0 ^ 0x736f6d6570736575L;
    long v1 = key1 ^ 0x646f72616e646f6dL;
    long v2 = key0 ^ 0x6c7967656e657261L;
    long v3 = key1 ^ 0x7465646279746573L;
    int end = perWord * (words + 1);
    for (int round = 0; round < end + atEnd; round++) {
      int at = round / perWord;
      long word = at > words ? 0 : at == words ? last : word(at, a, b, c, d);
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

  private static long word(int at, long a, long b, long c, long d) {
    return at == 0 ? a : at == 1 ? b : at == 2 ? c : d;
  }
}
