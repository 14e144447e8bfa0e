// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.node.wire.WireQuery;
import org.jspecify.annotations.Nullable;

/**
 * How often a query was renamed, suspended and restarted so far. Immutable; nearly all queries
 * share {@link #NONE}.
 *
 * @param original the client's question if a verdict or rule has changed the name since; else null
 * @param suspensions how often the query has been suspended, at most 8
 * @param rounds how often it has been started again, at most twice by verdicts
 */
public record History(@Nullable WireQuery original, int suspensions, int rounds) {
  public static final History NONE = new History(null, 0, 0);

  /**
   * Call before the name is changed. Only the first call stores the question, as that is the
   * client's.
   */
  History withOriginal(WireQuery question) {
    return original == null ? new History(question, suspensions, rounds) : this;
  }

  /** For the query for an alias's target: the client did not ask for that name. */
  History withoutOriginal() {
    return original == null ? this : new History(null, suspensions, rounds);
  }

  History suspendedOnceMore() {
    return new History(original, suspensions + 1, rounds);
  }

  History startedAgain() {
    return new History(original, suspensions, rounds + 1);
  }
}
