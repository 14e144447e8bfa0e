// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.Verdict;

/** Result of running a chain of rules. */
public sealed interface RuleOutcome {

  /** No rule ended the chain; the query continues with the step after the chain. */
  record Next(Query query) implements RuleOutcome {}

  /** The query continues with the step after the chain, although rules may be left. */
  record EndChain(Query query) implements RuleOutcome {}

  /**
   * A rule answers the query.
   *
   * @param message the answer to the current question ({@code query.wire()}); not changed
   *     afterwards
   */
  record Answer(Query query, byte[] message) implements RuleOutcome {}

  /** A rule drops the query without an answer. */
  record Drop(Query query) implements RuleOutcome {}

  /**
   * A rule suspends the query.
   *
   * @param asyncId the filter service that decides
   * @param nextRule the index of the rule at which the chain continues
   * @param rule the index of the suspending rule; held verdicts are stored for it
   */
  record Suspend(Query query, int asyncId, int nextRule, int rule) implements RuleOutcome {}

  /**
   * A rule requests a side effect that does not change the query.
   *
   * @param nextRule the index of the rule at which the chain continues
   */
  record Aside(Query query, Effect effect, int nextRule) implements RuleOutcome {}

  /**
   * A rule runs a policy, whose outcome is the outcome of the rule. A separate step, because the
   * policy may have to run on another thread.
   *
   * @param nextRule the index of the rule at which the chain continues
   * @param rule the index of the rule that runs the policy
   */
  record CallPolicy(Query query, PolicyProgram program, int nextRule, int rule)
      implements RuleOutcome {}

  /**
   * A policy sends the query again, although it may have an answer: it continues after the query
   * chain, without that answer.
   */
  record Restart(Query query) implements RuleOutcome {}

  /** A policy decides in one of the ways in which a filter can; the verdict fits the query. */
  record Decided(Query query, Verdict verdict) implements RuleOutcome {}
}
