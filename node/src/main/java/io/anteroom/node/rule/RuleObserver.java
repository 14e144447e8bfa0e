// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.flow.Outcome;
import org.jspecify.annotations.Nullable;

/** Sees what each rule of a chain did with one query. */
@FunctionalInterface
public interface RuleObserver {
  /**
   * A rule has had its turn.
   *
   * @param index its place in the chain, from 0
   * @param outcome what its action came to, {@code Next} if the next rule has its turn; null if the
   *     rule was not for the query
   */
  void onRule(int index, Rule rule, @Nullable Outcome outcome);
}
