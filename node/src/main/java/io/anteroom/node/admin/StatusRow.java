// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import java.util.List;

/**
 * How one node is: what an operator looks at first.
 *
 * @param uptimeSeconds time since its process began
 * @param ready whether it can suspend queries and is not leaving
 * @param localShards number of shards of suspended queries on the node
 * @param listeners bound addresses, such as {@code udp 127.0.0.1:53}
 * @param queries queries taken from clients since the start
 * @param suspended queries that wait now
 * @param cached answers in the cache
 * @param filters number of filter services, and of operations
 * @param filtersAway those that nobody serves now, each with the reason
 * @param servers number of upstream servers in all pools
 * @param serversDown those that do not answer, each with its pool
 * @param heapUsed bytes of the Java heap in use, garbage included
 * @param heapMax bytes that it may have
 * @param certificateFile the listener's certificate that ends first; empty if there is none
 * @param certificateEnds when it ends, as ISO 8601; empty if there is none
 */
record StatusRow(
    String node,
    String version,
    long uptimeSeconds,
    boolean ready,
    int localShards,
    List<String> listeners,
    long queries,
    long suspended,
    long cached,
    int filters,
    List<String> filtersAway,
    int servers,
    List<String> serversDown,
    long heapUsed,
    long heapMax,
    String certificateFile,
    String certificateEnds)
    implements AdminPage.Row {
  /** Elements in a list, because the size of a message between nodes is bounded. */
  static final int MAX_LISTED = 100;
}
