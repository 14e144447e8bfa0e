// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.rate.Block;
import io.anteroom.node.suspend.Suspensions;
import io.anteroom.node.zone.LocalOutcome;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a query. The {@link Pipeline} decides when each is taken; a step only finds
 * something out or carries something out. {@link QueryProcessor} takes the steps for clients
 * ({@link ClientSteps}), {@link Tracer} prints them ({@link TracedSteps}). A new step is a new
 * method here, so the compiler requires it in both.
 */
interface Steps {
  /** Finds the block that applies to the client; null if there is none. */
  @Nullable Block blockOf(Query query);

  /** Reports that a block only adds tags to the query. */
  void tagBlocked(Block block);

  /**
   * Ends the query of a blocked client.
   *
   * @param answer null for no answer
   */
  void endBlocked(Query query, Block block, byte @Nullable [] answer);

  /** Reports a query that no block has ended. */
  void admit(Query query);

  /** Ends an ANY query over UDP with the answer it has (RFC 8482). */
  void replyToAny(Query answered);

  /** Checks whether the query is a retransmission of one that is suspended or at a policy. */
  boolean isRepeated(Query query);

  /** Ends a retransmission without an answer; the query that waits will be answered. */
  void ignoreRepeated(Query query);

  /** Runs the rules of a chain from this index on, until one ends the chain. */
  RuleOutcome run(Stage stage, Query query, int from);

  /** Carries out an aside of a rule; true if the query is delayed and continues later. */
  boolean doBesides(RuleOutcome.Aside aside, Stage stage);

  /**
   * Runs a policy. Null if it runs on another thread, or if what follows can't be known; then
   * {@link ChainRunner#onPolicy} continues the query, if anything does.
   */
  @Nullable RuleOutcome callPolicy(PolicyCall call);

  /** Finds the held verdict for a query that is to be suspended; null if there is none. */
  @Nullable Verdict heldVerdict(RuleOutcome.Suspend suspend, Stage stage);

  /** Attempts to suspend the query. If it is suspended, it continues later. */
  Suspensions.Attempt suspend(RuleOutcome.Suspend suspend, Stage stage);

  /** Finds the settings of a filter service. */
  FilterSettings filter(int asyncId);

  /** Reports that a verdict starts the query again at the first rule. */
  void startAgain();

  /** Reports that a verdict would start the query again too often; the query continues instead. */
  void startNoMore();

  /** Reports that a policy sends the query again. */
  void restart();

  /** Looks the question up in local data. */
  LocalOutcome lookUpLocally(Query query);

  /** Looks the question up in the answer cache: the query with its answer, or null. */
  @Nullable Query lookUpInCache(Query query);

  /**
   * Forwards the query to the servers of its pool; it continues later. False if the pool does not
   * exist.
   */
  boolean forward(Query query);

  /** Reports that the target of an alias is looked up. */
  void followAlias(Query target);

  /**
   * Reports that the target of an alias is not looked up: the aliases form a loop or are too many.
   */
  void leaveAlias(Query target);

  /**
   * Stores the answer of a server as the response rules have left it; true if it was stored. Only
   * if these rules run once for each such answer.
   */
  boolean store(Query answered);

  /** Ends the query with the answer that it has. */
  void reply(Query answered);

  /** Ends the query without an answer, as decided by a rule, a verdict or a policy. */
  void drop(Query query);
}
