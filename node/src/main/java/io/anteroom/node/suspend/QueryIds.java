// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.wire.KeyedHash;
import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Issues queryIDs: 51 bits of number, 4 bits of lane, 8 bits of shard. Safe for any thread.
 *
 * <p>The number is a keyed permutation of a counter. The key is random for each start. Numbers do
 * not repeat before 2^51 have been issued, and a filter that does not know the key can't guess the
 * queryID of another query.
 *
 * <p>The permutation is a Feistel network over halves of 26 and 25 bits. A round changes one half
 * by a keyed hash of the other ({@link KeyedHash#unguessable}); this is reversible for any hash, so
 * the permutation is one-to-one. With four rounds and ideal round functions it would be a strong
 * pseudorandom permutation (Luby and Rackoff 1988); there are six, for a margin.
 */
final class QueryIds {
  private static final int ROUNDS = 6;
  private static final int LOW_BITS = 25;
  private static final long LOW = (1L << LOW_BITS) - 1;
  private static final long HIGH = (1L << 26) - 1;
  private static final int SHARD_AND_LANE_BITS = 12;

  private final KeyedHash hash;
  private final AtomicLong counter = new AtomicLong();

  QueryIds(SecureRandom random) {
    hash = KeyedHash.random(random);
  }

  /**
   * The next queryID.
   *
   * @param shard the shard of the suspension, 0 to 255
   */
  long next(int shard) {
    return permute(counter.getAndIncrement()) << SHARD_AND_LANE_BITS | shard;
  }

  long permute(long number) {
    long high = number >>> LOW_BITS & HIGH;
    long low = number & LOW;
    for (int round = 0; round < ROUNDS; round += 2) {
      high ^= hash.unguessable((long) round << 32 | low) & HIGH;
      low ^= hash.unguessable((long) (round + 1) << 32 | high) & LOW;
    }
    return high << LOW_BITS | low;
  }
}
