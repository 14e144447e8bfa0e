// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.upstream.ServerSet.Candidate;
import io.anteroom.node.wire.WireQuery;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Chooses the same server for the same name, on every node and after every restart, so that each
 * name is cached by only one of the servers behind a pool.
 *
 * <p>This is rendezvous hashing (Thaler and Ravishankar 1998): each pair of name and server has a
 * pseudo-random score, and the server with the highest score gets the name. When a server is added
 * or removed, only the names that it gets or had move. For a weight w, the draw u is raised to the
 * power of 1/w, which gives the server w times as many names.
 *
 * <p>Loads are bounded as in Mirrokni, Thorup and Zadimoghaddam (2016): a server that has more than
 * {@code loadFactor} times its share of the queries in flight is skipped, so that a very popular
 * name does not overload it.
 */
final class ConsistentHash implements ServerSet.Chooser {
  private static final int HEADER = 12;

  /** Length of QTYPE and QCLASS, which follow QNAME. */
  private static final int BEHIND_NAME = 4;

  private static final long FNV_OFFSET = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private final long[] seeds;
  private final double loadFactor;

  ConsistentHash(List<? extends Candidate> servers, double loadFactor) {
    this.loadFactor = loadFactor;
    this.seeds = servers.stream().mapToLong(ConsistentHash::seed).toArray();
  }

  @Override
  public int choose(long candidates, Candidate[] servers, WireQuery query) {
    long load = 1;
    long weights = 0;
    for (long rest = candidates; rest != 0; rest &= rest - 1) {
      Candidate server = servers[Long.numberOfTrailingZeros(rest)];
      load += server.outstanding();
      weights += server.server().weight();
    }
    long name = nameOf(query);
    double share = loadFactor * load / weights;
    int best = Long.numberOfTrailingZeros(candidates);
    double highest = Double.NEGATIVE_INFINITY;
    for (long rest = candidates; rest != 0; rest &= rest - 1) {
      int next = Long.numberOfTrailingZeros(rest);
      int weight = servers[next].server().weight();
      double score = Math.log(draw(name ^ seeds[next])) / weight;
      if (score > highest && servers[next].outstanding() < Math.ceil(share * weight)) {
        highest = score;
        best = next;
      }
    }
    return best;
  }

  /** A pseudo-random number between 0 and 1, both excluded. */
  private static double draw(long seed) {
    return ((mixed(seed) >>> 11) + 0.5) * 0x1p-53;
  }

  /** Hash of the QNAME, case-insensitive and the same in every process. */
  private static long nameOf(WireQuery query) {
    return mixed(hash(query.bytes(), HEADER, query.questionEnd() - BEHIND_NAME));
  }

  /**
   * Seed from the server's address alone, so that a changed weight moves no more names than
   * necessary.
   */
  private static long seed(Candidate server) {
    byte[] address = Addresses.text(server.server().address()).getBytes(StandardCharsets.US_ASCII);
    return hash(address, 0, address.length);
  }

  /** FNV-1a over the bytes, with ASCII upper case letters hashed as lower case. */
  private static long hash(byte[] text, int from, int to) {
    long hash = FNV_OFFSET;
    for (int i = from; i < to; i++) {
      int letter = text[i] & 0xff;
      // Label lengths are at most 63, so they are never taken for letters.
      hash = (hash ^ (letter >= 'A' && letter <= 'Z' ? letter | 0x20 : letter)) * FNV_PRIME;
    }
    return hash;
  }

  /** The finalizer of SplitMix64. */
  private static long mixed(long bits) {
    long x = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
    x = (x ^ (x >>> 27)) * 0x94d049bb133111ebL;
    return x ^ (x >>> 31);
  }
}
