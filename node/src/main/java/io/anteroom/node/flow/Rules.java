// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.Stage;

/**
 * All chains of rules, as loaded at one time. A query keeps the rules it began with, so that its
 * index of the next rule stays valid when the rules change. Immutable but for the rules' counters;
 * safe for any thread.
 */
@FunctionalInterface
public interface Rules {
  /** No rules: for queries that came from another node, and for queries that are only displayed. */
  Rules NONE = (stage, query, from) -> new RuleOutcome.Next(query);

  /**
   * Runs the rules of a stage, starting at an index, until one ends the chain.
   *
   * @param from 0 for the first rule; if there is no such rule, the outcome is {@code Next}
   */
  RuleOutcome run(Stage stage, Query query, int from);

  /**
   * Whether the rules of {@code response} run once for each answer of a server, before the cache
   * stores what they made of it, and not for answers of the cache.
   */
  default boolean responseOnce() {
    return false;
  }

  /**
   * A number that is unique in this process. The index of a rule is meaningful only together with
   * it.
   */
  default int generation() {
    return 0;
  }
}
