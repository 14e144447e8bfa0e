// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a node tells about its cluster when another node asks it over the cluster port.
 *
 * @param address of the node as other members know it, {@code host:port}
 * @param state whether it can be joined
 * @param nodes the nodes of its cluster as it sees them, itself included; empty unless it is up
 */
record Standing(String address, State state, List<Node> nodes) {
  private static final String FIRST_LINE = "anteroom-standing 1";
  private static final int MAX_NODES = 500;

  /** Whether a node can be joined. */
  enum State {
    /** The node itself is looking for a cluster. */
    LOOKING,
    /** The node is moving from one cluster to another. */
    MOVING,
    /** The node is a member with status Up. */
    UP
  }

  /**
   * A node of a cluster.
   *
   * @param address as {@code host:port}
   * @param uid tells apart the processes that have had this address
   */
  record Node(String address, long uid, boolean isReachable) {}

  Standing {
    nodes = List.copyOf(nodes);
  }

  boolean isUp() {
    return state == State.UP;
  }

  /** Whether its cluster has this process as a member, reachable or not. */
  boolean knows(String nodeAddress, long uid) {
    return nodes.stream().anyMatch(node -> node.address.equals(nodeAddress) && node.uid == uid);
  }

  /** Whether its cluster has a process with this address as a member. */
  boolean knows(String nodeAddress) {
    return nodes.stream().anyMatch(node -> node.address.equals(nodeAddress));
  }

  /**
   * Whether this cluster stays when two clusters have found each other, and the nodes of the other
   * one move to it. The one with more reachable nodes stays; if equal, the one with the lowest
   * address. Both sides come to the same result from the same two standings.
   */
  boolean staysAgainst(Standing other) {
    int more = Long.compare(reachable(), other.reachable());
    return more != 0 ? more > 0 : lowest().compareTo(other.lowest()) < 0;
  }

  private long reachable() {
    return nodes.stream().filter(Node::isReachable).count();
  }

  private String lowest() {
    return nodes.stream()
        .filter(Node::isReachable)
        .map(Node::address)
        .min(String::compareTo)
        .orElse(address);
  }

  byte[] write() {
    StringBuilder text = new StringBuilder();
    text.append(FIRST_LINE).append('\n');
    text.append("address ").append(address).append('\n');
    text.append("state ").append(state).append('\n');
    nodes.stream()
        .limit(MAX_NODES)
        .forEach(
            node ->
                text.append("node ")
                    .append(node.address)
                    .append(' ')
                    .append(node.uid)
                    .append(' ')
                    .append(node.isReachable ? "reachable" : "unreachable")
                    .append('\n'));
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Parses a standing; null if it is malformed. Unknown lines are ignored. */
  static @Nullable Standing read(byte[] bytes) {
    String[] lines = new String(bytes, StandardCharsets.UTF_8).split("\n", -1);
    String address = "";
    State state = null;
    List<Node> nodes = new ArrayList<>();
    try {
      for (String line : lines) {
        String[] words = line.split(" ", -1);
        switch (words[0]) {
          case "address" -> address = words[1];
          case "state" -> state = State.valueOf(words[1]);
          case "node" ->
              nodes.add(new Node(words[1], Long.parseLong(words[2]), words[3].equals("reachable")));
          default -> {}
        }
      }
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      return null;
    }
    if (!lines[0].equals(FIRST_LINE) || address.isEmpty() || state == null) {
      return null;
    }
    return nodes.size() <= MAX_NODES ? new Standing(address, state, nodes) : null;
  }
}
