// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.rule.NameSelectors.ByName;
import io.anteroom.node.wire.WireName;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An ordered list of rules. Immutable except for the counters of its rules. Rules for certain names
 * are found with {@link NameIndex}, so a chain may have thousands of them. Rules that do not match
 * allocate nothing.
 */
public final class Chain {
  public static final Chain EMPTY = new Chain(List.of());

  /** With fewer rules for names, checking each is as fast as an index. */
  private static final int WORTH_AN_INDEX = 3;

  private final Rule[] rules;

  /**
   * The part of each rule's selector that remains after the look-up by name; the whole selector of
   * other rules.
   */
  private final Selector[] rest;

  private final @Nullable NameIndex index;

  private Chain(List<Rule> rules) {
    this.rules = rules.toArray(Rule[]::new);
    this.rest = new Selector[this.rules.length];
    ByName[] byName = new ByName[this.rules.length];
    int found = 0;
    for (int i = 0; i < this.rules.length; i++) {
      Selector selector = this.rules[i].selector();
      rest[i] = selector;
      byName[i] = byName(selector);
      found += byName[i] == null ? 0 : 1;
    }
    index = found < WORTH_AN_INDEX ? null : NameIndex.of(byName);
    for (int i = 0; index != null && i < this.rules.length; i++) {
      rest[i] = byName[i] == null ? rest[i] : without(rest[i], byName[i]);
    }
  }

  public static Chain of(List<Rule> rules) {
    return new Chain(rules);
  }

  /**
   * The part of a selector that requires certain names; null if queries for other names can match.
   */
  private static @Nullable ByName byName(Selector selector) {
    if (selector instanceof Selector.And and) {
      for (Selector one : and.selectors()) {
        if (one instanceof ByName byName) {
          return byName;
        }
      }
    }
    return selector instanceof ByName byName ? byName : null;
  }

  private static Selector without(Selector selector, ByName asked) {
    List<Selector> rest = new ArrayList<>();
    if (selector instanceof Selector.And and) {
      rest.addAll(and.selectors());
      rest.remove(asked);
    }
    return Selector.And.of(rest);
  }

  /** The number of rules. */
  public int size() {
    return rules.length;
  }

  /** The rules, in order. */
  public List<Rule> rules() {
    return List.of(rules);
  }

  /**
   * Runs the rules from this index until one ends or interrupts the chain.
   *
   * @param from 0 for the first rule; at or past the end the outcome is {@code Next}
   */
  public RuleOutcome run(Query query, int from) {
    return index == null || from >= rules.length
        ? runAll(query, from)
        : runFound(query, from, index);
  }

  private RuleOutcome runAll(Query query, int from) {
    Query current = query;
    for (int i = from; i < rules.length; i++) {
      if (rest[i].matches(current) && rules[i].action().concerns(current)) {
        RuleOutcome outcome = act(i, current);
        if (!(outcome instanceof RuleOutcome.Next next)) {
          return outcome;
        }
        current = next.query();
      }
    }
    return new RuleOutcome.Next(current);
  }

  /** Runs rules that the index finds; the name does not change during a chain. */
  private RuleOutcome runFound(Query query, int from, NameIndex index) {
    WireName name = query.wire().name();
    NameIndex.Entry below = index.below(name);
    NameIndex.Entry exact = index.exact(name);
    Query current = query;
    for (int i = index.next(below, exact, from);
        i != NameIndex.END;
        i = index.next(below, exact, i + 1)) {
      if (rest[i].matches(current) && rules[i].action().concerns(current)) {
        RuleOutcome outcome = act(i, current);
        if (!(outcome instanceof RuleOutcome.Next next)) {
          return outcome;
        }
        current = next.query();
      }
    }
    return new RuleOutcome.Next(current);
  }

  private RuleOutcome act(int i, Query query) {
    rules[i].hit();
    return rules[i].action().act(query, i + 1);
  }

  /** Runs the rules for an observer: each rule is checked and reported, and nothing is counted. */
  public RuleOutcome trace(Query query, int from, RuleObserver observer) {
    Query current = query;
    for (int i = from; i < rules.length; i++) {
      Rule rule = rules[i];
      if (!rule.selector().wouldMatch(current) || !rule.action().concerns(current)) {
        observer.onRule(i, rule, null);
        continue;
      }
      RuleOutcome outcome = rule.action().act(current, i + 1);
      observer.onRule(i, rule, outcome);
      if (!(outcome instanceof RuleOutcome.Next next)) {
        return outcome;
      }
      current = next.query();
    }
    return new RuleOutcome.Next(current);
  }
}
