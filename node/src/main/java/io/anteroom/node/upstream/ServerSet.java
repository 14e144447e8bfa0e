// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.wire.WireQuery;
import java.util.List;

/**
 * The servers of a pool at a time, each by its number, which is a bit in the sets of those asked. A
 * lookup keeps the set that it began with. Belongs to the thread of its pool.
 */
final class ServerSet {
  private final Forwarder[] servers;
  private final Chooser chooser;

  /** Which of several servers is asked first. */
  interface Chooser {
    /**
     * One of the candidates.
     *
     * @param candidates the numbers of these servers, a set of bits that is not empty
     * @param servers those that the chooser was made for
     */
    int choose(long candidates, Candidate[] servers, WireQuery query);
  }

  /** A server, as far as a chooser cares. */
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

  /** One of the candidates that are well, or if none is, of those that did best of late. */
  int choose(long candidates, WireQuery query) {
    return chooser.choose(best(candidates), servers, query);
  }

  /** Those with the fewest failures in a row; of several that have failed, the longest ago. */
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
