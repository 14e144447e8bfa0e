// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.config.SettingsSource;
import java.util.concurrent.atomic.LongAdder;

/** A selector and an action, with a name. Immutable except for its hits; thread-safe. */
public final class Rule {
  /** The maximum length of a name, which appears in metrics and tables. */
  static final int MAX_NAME = 100;

  private final String name;
  private final Selector selector;
  private final Action action;
  private final String source;
  private final LongAdder hits;

  Rule(String name, Selector selector, Action action, String source) {
    this(name, selector, action, source, new LongAdder());
  }

  private Rule(String name, Selector selector, Action action, String source, LongAdder hits) {
    this.name = name;
    this.selector = selector;
    this.action = action;
    this.source = source;
    this.hits = hits;
  }

  /** The name, which is unique in a configuration. */
  public String name() {
    return name;
  }

  Selector selector() {
    return selector;
  }

  Action action() {
    return action;
  }

  /** The source of the rule as one line of HOCON, which can be parsed again. */
  public String source() {
    return source;
  }

  /** The source of this key; empty if it is not set. */
  public String part(String key) {
    return SettingsSource.part(source, key);
  }

  /** The number of queries to which its action applied, since the rule was read. */
  public long hits() {
    return hits.sum();
  }

  /** The same rule with the counter of another one. */
  public Rule countingWith(Rule other) {
    return new Rule(name, selector, action, source, other.hits);
  }

  void hit() {
    hits.increment();
  }

  @Override
  public String toString() {
    return name + " " + source;
  }
}
