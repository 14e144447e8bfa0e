// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.config.SettingsSource;
import java.util.concurrent.atomic.LongAdder;

/** A selector and an action, with a name. Immutable but for its hits; safe for any thread. */
public final class Rule {
  /** Longer names are refused: they stand in metrics and tables. */
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

  /** What it is known by; no two rules of a configuration have the same. */
  public String name() {
    return name;
  }

  Selector selector() {
    return selector;
  }

  Action action() {
    return action;
  }

  /** The block that it was read from, as one line of HOCON that can be read again. */
  public String source() {
    return source;
  }

  /** What it says under this key; empty if nothing. */
  public String part(String key) {
    return SettingsSource.part(source, key);
  }

  /** How many queries its action has been for, since the rule was read. */
  public long hits() {
    return hits.sum();
  }

  /** The same rule, which counts on where another one does. */
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
