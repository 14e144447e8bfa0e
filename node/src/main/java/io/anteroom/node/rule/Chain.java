// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.flow.Outcome;
import io.anteroom.node.flow.Query;
import java.util.List;

/** An ordered list of rules. Immutable but for what its rules count. */
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

  /** Its rules, in order. */
  public List<Rule> rules() {
    return List.of(rules);
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
      rule.hit();
      Outcome outcome = rule.action().act(current, i + 1);
      if (!(outcome instanceof Outcome.Next next)) {
        return outcome;
      }
      current = next.query();
    }
    return new Outcome.Next(current);
  }

  /** The same, for one who wants to see each rule at work. Nothing is counted. */
  public Outcome trace(Query query, int from, RuleObserver observer) {
    Query current = query;
    for (int i = from; i < rules.length; i++) {
      Rule rule = rules[i];
      if (!rule.selector().matches(current) || !rule.action().concerns(current)) {
        observer.onRule(i, rule, null);
        continue;
      }
      Outcome outcome = rule.action().act(current, i + 1);
      observer.onRule(i, rule, outcome);
      if (!(outcome instanceof Outcome.Next next)) {
        return outcome;
      }
      current = next.query();
    }
    return new Outcome.Next(current);
  }
}
