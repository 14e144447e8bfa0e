// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

/** What a chain of rules came to. */
public sealed interface RuleOutcome {

  /** No rule ended the chain; the query goes on to what follows the chain. */
  record Next(Query query) implements RuleOutcome {}

  /**
   * A rule answers.
   *
   * @param message to the query as it is asked now, made for it and not changed afterwards
   */
  record Answer(Query query, byte[] message) implements RuleOutcome {}

  /** A rule gives no answer. */
  record Drop(Query query) implements RuleOutcome {}

  /**
   * A rule suspends the query.
   *
   * @param asyncId the filter service that decides
   * @param nextRule the index of the rule at which the chain goes on
   * @param rule the index of this rule, which verdicts that hold are kept for
   */
  record Suspend(Query query, int asyncId, int nextRule, int rule) implements RuleOutcome {}

  /**
   * A rule wants something done that changes nothing about the query.
   *
   * @param nextRule the index of the rule at which the chain goes on
   */
  record Aside(Query query, Effect effect, int nextRule) implements RuleOutcome {}
}
