// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.flow.Outcome;
import io.anteroom.node.flow.Query;
import java.util.List;

/** An ordered list of rules. Immutable. */
public final class Chain {
  public static final Chain EMPTY = new Chain(List.of());

  private final Rule[] rules;

  private Chain(List<Rule> rules) {
    this.rules = rules.toArray(Rule[]::new);
  }

  public static Chain of(List<Rule> rules) {
    return new Chain(rules);
  }

  /** How many rules it has. */
  public int size() {
    return rules.length;
  }

  /**
   * Runs the rules from this index on until one ends the chain.
   *
   * @param from 0 for the first rule; at or past the end the outcome is {@code Next}
   */
  public Outcome run(Query query, int from) {
    Query current = query;
    for (int i = from; i < rules.length; i++) {
      Rule rule = rules[i];
      if (!rule.selector().matches(current) || !rule.action().concerns(current)) {
        continue;
      }
      if (rule.action() instanceof Action.Ending ending) {
        return ending.end(current, i + 1);
      }
      if (rule.action() instanceof Action.Passing passing) {
        current = passing.pass(current);
      }
    }
    return new Outcome.Next(current);
  }
}
