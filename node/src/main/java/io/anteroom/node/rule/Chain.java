// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.flow.Outcome;
import io.anteroom.node.flow.Query;
import io.anteroom.node.rule.NameSelectors.ByName;
import io.anteroom.node.wire.WireName;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An ordered list of rules. Immutable but for what its rules count. Rules for certain names are
 * found by {@link NameIndex}, so that a chain may have thousands of them; nothing is allocated for
 * a rule that is not for the query.
 */
public final class Chain {
  public static final Chain EMPTY = new Chain(List.of());

  /** So few rules for certain names are asked as quickly as looked up. */
  private static final int WORTH_AN_INDEX = 3;

  private final Rule[] rules;

  /** What is left to ask of each rule that was found by name; the whole of one that was not. */
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

  /** What the selector asks of the name, if nothing else can make up for it. */
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
    return index == null || from >= rules.length
        ? runAll(query, from)
        : runFound(query, from, index);
  }

  private Outcome runAll(Query query, int from) {
    Query current = query;
    for (int i = from; i < rules.length; i++) {
      if (rest[i].matches(current) && rules[i].action().concerns(current)) {
        Outcome outcome = act(i, current);
        if (!(outcome instanceof Outcome.Next next)) {
          return outcome;
        }
        current = next.query();
      }
    }
    return new Outcome.Next(current);
  }

  /** The name stays the same while a chain runs. */
  private Outcome runFound(Query query, int from, NameIndex index) {
    WireName name = query.wire().name();
    NameIndex.Entry below = index.below(name);
    NameIndex.Entry exact = index.exact(name);
    Query current = query;
    for (int i = index.next(below, exact, from);
        i != NameIndex.END;
        i = index.next(below, exact, i + 1)) {
      if (rest[i].matches(current) && rules[i].action().concerns(current)) {
        Outcome outcome = act(i, current);
        if (!(outcome instanceof Outcome.Next next)) {
          return outcome;
        }
        current = next.query();
      }
    }
    return new Outcome.Next(current);
  }

  private Outcome act(int i, Query query) {
    rules[i].hit();
    return rules[i].action().act(query, i + 1);
  }

  /**
   * The same, for one who wants to see each rule at work: all are asked, and nothing is counted.
   */
  public Outcome trace(Query query, int from, RuleObserver observer) {
    Query current = query;
    for (int i = from; i < rules.length; i++) {
      Rule rule = rules[i];
      if (!rule.selector().wouldMatch(current) || !rule.action().concerns(current)) {
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
