// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of queries for a name, for one or several types.
 *
 * @param name the name in the queries
 * @param replies the answers of the servers; empty if there were none
 * @param timeouts the total number of tries that timed out
 */
record Outcome(Status status, String name, List<Reply> replies, int timeouts) {
  Outcome {
    replies = List.copyOf(replies);
  }

  static Outcome failed(Status status, String name, int timeouts) {
    return new Outcome(status, name, List.of(), timeouts);
  }

  static Outcome of(Reply reply, String name) {
    return new Outcome(reply.status(), name, List.of(reply), reply.timeouts());
  }

  /**
   * Joins the outcomes for two types of one name: it is found if either is, and not found only if
   * both are.
   */
  static Outcome both(Outcome a, Outcome b) {
    List<Reply> replies = new ArrayList<>(a.replies);
    replies.addAll(b.replies);
    boolean first = rank(a.status) <= rank(b.status);
    return new Outcome(first ? a.status : b.status, a.name, replies, a.timeouts + b.timeouts);
  }

  /** Ranks statuses by how much they tell; an error leaves open whether there are records. */
  private static int rank(Status status) {
    return switch (status) {
      case SUCCESS -> 0;
      case ENODATA -> 2;
      case ENOTFOUND -> 3;
      default -> 1;
    };
  }

  Outcome as(Status other) {
    return new Outcome(other, name, replies, timeouts);
  }

  /** The last answer; null if there is none. */
  @Nullable Reply reply() {
    return replies.isEmpty() ? null : replies.get(replies.size() - 1);
  }

  ResolverException exception() {
    return new ResolverException(status, name, timeouts, reply());
  }
}
