// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.wire.WireQuery;
import java.util.List;

/**
 * The servers of a pool at a time, each by its number, which is a bit in the sets of those asked. A
 * lookup keeps the set that it began with.
 */
final class ServerSet {
  private final Forwarder[] servers;
  private final Chooser chooser;

  /** Which of several servers is asked first. */
  interface Chooser {
    /** One of the candidates, a set of bits that is not empty. */
    int choose(long candidates, Forwarder[] servers, WireQuery query);
  }

  ServerSet(List<Forwarder> servers, Chooser chooser) {
    this.servers = servers.toArray(Forwarder[]::new);
    this.chooser = chooser;
  }

  /** All of them, as a set of bits. */
  long all() {
    return servers.length == 0 ? 0 : -1L >>> (Long.SIZE - servers.length);
  }

  Forwarder get(int number) {
    return servers[number];
  }

  int numberOf(Forwarder server) {
    for (int i = 0; i < servers.length; i++) {
      if (servers[i] == server) {
        return i;
      }
    }
    throw new IllegalArgumentException("no server of this set");
  }

  /** One of the candidates that have failed least often in a row. */
  int choose(long candidates, WireQuery query) {
    return chooser.choose(healthiest(candidates), servers, query);
  }

  private long healthiest(long candidates) {
    int fewest = Integer.MAX_VALUE;
    long best = 0;
    for (long rest = candidates; rest != 0; rest &= rest - 1) {
      int failures = servers[Long.numberOfTrailingZeros(rest)].failures();
      if (failures < fewest) {
        fewest = failures;
        best = 0;
      }
      if (failures == fewest) {
        best |= Long.lowestOneBit(rest);
      }
    }
    return best;
  }
}
