// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.wire.WireQuery;
import java.util.List;

/**
 * The servers of a pool at one moment. Each has a number, which is its bit in the bit sets of
 * servers. A lookup keeps the set that it began with. Confined to the thread of its pool.
 */
final class ServerSet {
  private final Forwarder[] servers;
  private final Chooser chooser;

  /** Policy that chooses one of several servers. */
  interface Chooser {
    /**
     * Chooses one of the candidates.
     *
     * @param candidates bit set of server numbers, not empty
     * @param servers the servers that the chooser was created for
     */
    int choose(long candidates, Candidate[] servers, WireQuery query);
  }

  /** A server, as seen by a chooser. */
  interface Candidate {
    ServerSettings server();

    /** Queries in flight. */
    int outstanding();
  }

  ServerSet(List<Forwarder> servers, Chooser chooser) {
    this.servers = servers.toArray(Forwarder[]::new);
    this.chooser = chooser;
  }

  /** A set of one server, or none. */
  static ServerSet of(Forwarder... servers) {
    return new ServerSet(List.of(servers), new FirstAvailable());
  }

  /** Bit set of all servers. */
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

  /**
   * Chooses among the healthy candidates, or if there is none, among those with the fewest recent
   * failures.
   */
  int choose(long candidates, WireQuery query) {
    return chooser.choose(best(candidates), servers, query);
  }

  /**
   * The candidates with the fewest failures in a row; if these have failed, the one that failed
   * longest ago.
   */
  private long best(long candidates) {
    int fewest = Integer.MAX_VALUE;
    long oldest = 0;
    long best = 0;
    for (long rest = candidates; rest != 0; rest &= rest - 1) {
      ServerHealth health = servers[Long.numberOfTrailingZeros(rest)].health();
      int failures = health.failures();
      long failed = failures == 0 ? 0 : health.failedNanos();
      if (failures < fewest || (failures == fewest && failed - oldest < 0)) {
        fewest = failures;
        oldest = failed;
        best = 0;
      }
      if (failures == fewest && failed == oldest) {
        best |= Long.lowestOneBit(rest);
      }
    }
    return best;
  }
}
