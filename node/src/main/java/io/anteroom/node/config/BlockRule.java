// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.time.Duration;
import java.util.Set;

/**
 * A rule that blocks clients.
 *
 * @param rcodes the response codes that are counted; empty for {@code QUERY_RATE}
 * @param above the limit: events per second, or a share of the answers
 * @param warnAbove the limit for a warning, in the same unit; 0 for none
 * @param atLeast the minimum number of answers to a client for a ratio
 * @param window the time over which events are counted, 1 s to 10 min
 * @param ipv4Prefix the prefix length of an IPv4 client
 * @param ipv6Prefix the prefix length of an IPv6 client
 * @param maxClients the maximum number of clients that are counted
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
