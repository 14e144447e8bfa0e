// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of asking for a name, once or for several types at once.
 *
 * @param name that was asked for
 * @param replies of the servers; none if nobody answered
 * @param timeouts tries that timed out, all together
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

  /** Two types of one name: found if either is; not there only if both say so. */
  static Outcome both(Outcome a, Outcome b) {
    List<Reply> replies = new ArrayList<>(a.replies);
    replies.addAll(b.replies);
    boolean first = rank(a.status) <= rank(b.status);
    return new Outcome(first ? a.status : b.status, a.name, replies, a.timeouts + b.timeouts);
  }

  /** What says more comes first: an error leaves open whether the other type has anything. */
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
