// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.time.Duration;
import java.util.Set;

/**
 * When a client is blocked, and how.
 *
 * @param rcodes that are counted; empty for {@code QUERY_RATE}
 * @param above what is too much: events a second, or a part of the answers
 * @param warnAbove what is worth a warning, in the same measure; 0 for none
 * @param atLeast how many answers a client must have had for their ratio to count
 * @param window over which it is counted, 1 s to 10 min
 * @param ipv4Prefix how much of an IPv4 address makes a client
 * @param ipv6Prefix how much of an IPv6 address makes a client
 * @param maxClients that are counted at once
 * @param duration how long the client is blocked
 */
public record BlockRule(
    String name,
    Measure measure,
    Set<Integer> rcodes,
    double above,
    double warnAbove,
    int atLeast,
    Duration window,
    int ipv4Prefix,
    int ipv6Prefix,
    int maxClients,
    BlockAction action,
    Duration duration) {

  /** What is counted. */
  public enum Measure {
    QUERY_RATE,
    RCODE_RATE,
    RCODE_RATIO
  }

  public BlockRule {
    rcodes = Set.copyOf(rcodes);
  }
}
