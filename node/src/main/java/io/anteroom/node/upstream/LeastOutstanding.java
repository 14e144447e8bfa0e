// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.upstream.ServerSet.Candidate;
import io.anteroom.node.wire.WireQuery;

/**
 * Chooses the server with the smallest ratio of queries in flight, this one included, to weight; on
 * a tie the first. Only the queries of this event loop count, since the other loops choose in the
 * same way.
 */
final class LeastOutstanding implements ServerSet.Chooser {
  @Override
  public int choose(long candidates, Candidate[] servers, WireQuery query) {
    int best = Long.numberOfTrailingZeros(candidates);
    for (long rest = candidates & (candidates - 1); rest != 0; rest &= rest - 1) {
      int next = Long.numberOfTrailingZeros(rest);
      if (load(servers[next]) * weight(servers[best])
          < load(servers[best]) * weight(servers[next])) {
        best = next;
      }
    }
    return best;
  }

  private static long load(Candidate server) {
    return server.outstanding() + 1L;
  }

  private static int weight(Candidate server) {
    return server.server().weight();
  }
}
