// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Issues queryIDs: 51 bits of number, 4 bits of lane, 8 bits of shard. Safe for any thread.
 *
 * <p>The number is a keyed permutation of a counter: no two are alike until 2^51 have been issued,
 * and without the key, which is random for each start, no filter can guess another's.
 *
 * <p>The permutation is a Feistel network over halves of 26 and 25 bits. A round changes one half
 * by a keyed hash of the other (SipHash-2-4 of one block, Aumasson and Bernstein 2012), which can
 * be undone whatever the hash is, so the whole is one-to-one. Six rounds: with four a network of
 * ideal round functions is a strong pseudorandom permutation (Luby and Rackoff 1988), and two more
 * are to spare.
 */
final class QueryIds {
  private static final int ROUNDS = 6;
  private static final int LOW_BITS = 25;
  private static final long LOW = (1L << LOW_BITS) - 1;
  private static final long HIGH = (1L << 26) - 1;
  private static final int SHARD_AND_LANE_BITS = 12;

  private final long key0;
  private final long key1;
  private final AtomicLong counter = new AtomicLong();

  QueryIds(SecureRandom random) {
    key0 = random.nextLong();
    key1 = random.nextLong();
  }

  /**
   * The next queryID.
   *
   * @param shard where the query is to wait, 0 to 255
   */
  long next(int shard) {
    return permute(counter.getAndIncrement()) << SHARD_AND_LANE_BITS | shard;
  }

  long permute(long number) {
    long high = number >>> LOW_BITS & HIGH;
    long low = number & LOW;
    for (int round = 0; round < ROUNDS; round += 2) {
      high ^= hash((long) round << 32 | low) & HIGH;
      low ^= hash((long) (round + 1) << 32 | high) & LOW;
    }
    return high << LOW_BITS | low;
  }

  /** SipHash-2-4 of the eight bytes of one number. */
  private long hash(long block) {
    long v0 = key0 ^ 0x736f6d6570736575L;
    long v1 = key1 ^ 0x646f72616e646f6dL;
    long v2 = key0 ^ 0x6c7967656e657261L;
    long v3 = key1 ^ 0x7465646279746573L;
    // Two rounds for the block, two for the length block, four to finish.
    for (int i = 0; i < 8; i++) {
      if (i == 0) {
        v3 ^= block;
      } else if (i == 2) {
        v0 ^= block;
        v3 ^= 8L << 56;
      } else if (i == 4) {
        v0 ^= 8L << 56;
        v2 ^= 0xff;
      }
      v0 += v1;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v0 = Long.rotateLeft(v0, 32);
      v2 += v3;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 += v3;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 += v1;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      v2 = Long.rotateLeft(v2, 32);
    }
    return v0 ^ v1 ^ v2 ^ v3;
  }
}
