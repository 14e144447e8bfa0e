// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.flow.RuleOutcome;
import org.jspecify.annotations.Nullable;

/** Observes what each rule of a chain does with one query. */
@FunctionalInterface
public interface RuleObserver {
  /**
   * Called after each rule.
   *
   * @param index its index in the chain, from 0
   * @param outcome the outcome of its action, {@code Next} if the chain continues; null if the rule
   *     did not match
   */
  void onRule(int index, Rule rule, @Nullable RuleOutcome outcome);
}
