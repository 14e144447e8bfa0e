// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.flow.Counter;

/** The result of looking a query up in local data. */
public sealed interface LocalOutcome {
  /** Nothing was found; the query goes on. */
  LocalOutcome NONE = new None();

  /** Nothing. */
  record None() implements LocalOutcome {}

  /**
   * An answer, made for the query.
   *
   * @param counter the counter of this kind of data
   */
  record Answer(byte[] message, Counter counter) implements LocalOutcome {}

  /** The query is forwarded to this pool, because no rule or verdict has chosen one. */
  record Route(String pool) implements LocalOutcome {}
}
