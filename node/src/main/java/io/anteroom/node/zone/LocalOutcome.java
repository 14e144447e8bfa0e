// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.flow.Counter;

/** What local data has to say about a query. */
public sealed interface LocalOutcome {
  /** Nothing: it goes on. */
  LocalOutcome NONE = new None();

  /** Nothing. */
  record None() implements LocalOutcome {}

  /**
   * An answer, made for the query.
   *
   * @param counter of the kind of data it comes from
   */
  record Answer(byte[] message, Counter counter) implements LocalOutcome {}

  /** It goes to this pool, as no rule or verdict has chosen one. */
  record Route(String pool) implements LocalOutcome {}
}
