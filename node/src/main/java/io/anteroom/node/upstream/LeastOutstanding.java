// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.upstream.ServerSet.Candidate;
import io.anteroom.node.wire.WireQuery;

/**
 * Chooses the server that would have the fewest queries in flight for its weight with one more, of
 * equal ones the first. Only those of this event loop count: the others do as this one does.
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
