// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.flow.Outcome;
import io.anteroom.node.flow.Query;
import java.util.List;

/** An ordered list of rules. Immutable. */
public final class Chain {
  public static final Chain EMPTY = new Chain(List.of());

  private final List<Object> rules;

  private Chain(List<Object> rules) {
    this.rules = rules;
  }

  /**
   * Runs the rules from this index on until one ends the chain.
   *
   * @param from 0 for the first rule; at or past the end the outcome is {@code Next}
   */
  public Outcome run(Query query, int from) {
    throw new UnsupportedOperationException("" + rules.size() + from);
  }
}
