// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.Stage;

/**
 * All chains of rules as they stood at one time. A query keeps those that it began with, so that a
 * change of the rules never leaves it at an index that means another rule. Immutable but for what
 * rules count; safe for any thread.
 */
@FunctionalInterface
public interface Rules {
  /** Those of a query that came from another node, and of one to be looked at only. */
  Rules NONE = (stage, query, from) -> new RuleOutcome.Next(query);

  /**
   * Runs the rules of this stage from this index on, until one ends the chain.
   *
   * @param from 0 for the first rule; at or past the end the outcome is {@code Next}
   */
  RuleOutcome run(Stage stage, Query query, int from);

  /**
   * A number that no others of this process have, since an index is one of a rule among these only.
   */
  default int generation() {
    return 0;
  }
}
