// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.upstream.ServerSet.Candidate;
import io.anteroom.node.wire.WireQuery;

/**
 * Chooses the servers in turn, in proportion to their weights and evenly spread: with weights 5, 1
 * and 1 the order is a a b a c a a, not a a a a a b c. This is nginx's smooth weighted round robin:
 * in each turn every candidate's total grows by its weight, the candidate with the highest total is
 * chosen, and the sum of the weights is subtracted from its total.
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
