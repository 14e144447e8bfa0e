// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

/** What a chain of rules came to. */
public sealed interface Outcome {

  /** No rule ended the chain; the query goes on to what follows the chain. */
  record Next(Query query) implements Outcome {}

  /**
   * A rule answers.
   *
   * @param message to the query as it is asked now, made for it and not changed afterwards
   */
  record Answer(Query query, byte[] message) implements Outcome {}

  /** A rule gives no answer. */
  record Drop(Query query) implements Outcome {}

  /**
   * A rule suspends the query.
   *
   * @param asyncId the filter service that decides
   * @param nextRule the index of the rule at which the chain goes on
   * @param rule the index of this rule, which verdicts that hold are kept for
   */
  record Suspend(Query query, int asyncId, int nextRule, int rule) implements Outcome {}

  /**
   * A rule wants something done that changes nothing about the query.
   *
   * @param nextRule the index of the rule at which the chain goes on
   */
  record Aside(Query query, Effect effect, int nextRule) implements Outcome {}
}
