// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

/** Where a node is on 127.0.0.1: for DNS, for its cluster, and for its admin interface. */
record Ports(int dns, int cluster, int admin) {
  private static final int DNS = 6354;
  private static final int CLUSTER = 18355;
  private static final int ADMIN = 19153;

  /** Those of the first node, of the second (1), ... */
  static Ports of(Options options, int node) {
    return new Ports(
        options.positive("-p", DNS) + node,
        options.positive("-c", CLUSTER) + node,
        options.positive("-a", ADMIN) + node);
  }

  /** As the other members know it. */
  String seed() {
    return "127.0.0.1:" + cluster;
  }
}
