// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.node.wire.WireQuery;
import org.jspecify.annotations.Nullable;

/**
 * What has happened to a query so far. Immutable; nearly all queries share {@link #NONE}.
 *
 * @param original what the client asked, if the name has been changed since; else null
 * @param suspensions how often the query has been suspended, at most 8
 * @param rounds how often it has been started again, at most twice
 */
public record History(@Nullable WireQuery original, int suspensions, int rounds) {
  public static final History NONE = new History(null, 0, 0);

  /** The name has been changed; the first question is the one that counts. */
  History withOriginal(WireQuery question) {
    return original == null ? new History(question, suspensions, rounds) : this;
  }

  /** The target of an alias has a name of its own, which the client did not ask for. */
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
