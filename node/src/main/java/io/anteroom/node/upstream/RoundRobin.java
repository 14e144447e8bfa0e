// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.upstream.ServerSet.Candidate;
import io.anteroom.node.wire.WireQuery;

/**
 * Chooses each server in its turn, as often as its weight says and spread evenly: with weights 5, 1
 * and 1 the turns are a a b a c a a, and not a a a a a b c. This is the smooth weighted round robin
 * of nginx: in each turn every candidate gains its weight, and the one chosen, which has most, pays
 * what all gained.
 */
final class RoundRobin implements ServerSet.Chooser {
  private final long[] gained;

  RoundRobin(int servers) {
    gained = new long[servers];
  }

  @Override
  public int choose(long candidates, Candidate[] servers, WireQuery query) {
    int best = -1;
    long sum = 0;
    for (long rest = candidates; rest != 0; rest &= rest - 1) {
      int next = Long.numberOfTrailingZeros(rest);
      int weight = servers[next].server().weight();
      gained[next] += weight;
      sum += weight;
      if (best < 0 || gained[next] > gained[best]) {
        best = next;
      }
    }
    gained[best] -= sum;
    return best;
  }
}
