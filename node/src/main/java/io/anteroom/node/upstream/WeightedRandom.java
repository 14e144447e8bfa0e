// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.upstream.ServerSet.Candidate;
import io.anteroom.node.wire.WireQuery;

/** Chooses a server at random, with a probability in proportion to its weight, or uniformly. */
final class WeightedRandom implements ServerSet.Chooser {
  private final RandomBits random;
  private final boolean weighted;

  WeightedRandom(RandomBits random, boolean weighted) {
    this.random = random;
    this.weighted = weighted;
  }

  @Override
  public int choose(long candidates, Candidate[] servers, WireQuery query) {
    long sum = 0;
    for (long rest = candidates; rest != 0; rest &= rest - 1) {
      sum += weight(servers, rest);
    }
    // 31 bits, for sums up to 64,000.
    long bits = ((long) random.next16() << 15) | (random.next16() >>> 1);
    long drawn = (bits * sum) >>> 31;
    long rest = candidates;
    for (long below = weight(servers, rest); below <= drawn; below += weight(servers, rest)) {
      rest &= rest - 1;
    }
    return Long.numberOfTrailingZeros(rest);
  }

  /** Weight of the first candidate; 1 if weights are ignored. */
  private int weight(Candidate[] servers, long candidates) {
    return weighted ? servers[Long.numberOfTrailingZeros(candidates)].server().weight() : 1;
  }
}
