// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.rate.Block;
import io.anteroom.node.suspend.Suspensions;
import io.anteroom.node.zone.LocalOutcome;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * The steps of a {@link Pipeline}, which decides when each is taken. A step either finds something
 * out about a query or does something with it, and decides nothing else. {@link QueryProcessor}
 * takes the steps for clients, {@link Tracer} only says what they would be; a new step is a new
 * method here, so it does not compile before both have it.
 */
interface Steps {
  /** Finds the block that the client is in; null if there is none. */
  @Nullable Block blockOf(Query query);

  /** Notes that a block lets the query pass, with tags. */
  void tagBlocked(Block block);

  /**
   * Ends the query of a blocked client.
   *
   * @param answer null for none
   */
  void endBlocked(Query query, Block block, byte @Nullable [] answer);

  /** Notes a query that no block has ended. */
  void admit(Query query);

  /** Ends a query for ANY over UDP with the answer that it has. */
  void replyToAny(Query answered);

  /** Finds out whether the client waits for the answer to this very query already. */
  boolean isRepeated(Query query);

  /** Ends a query that is repeated, as the first one will be answered. */
  void ignoreRepeated(Query query);

  /** Runs the rules of a chain from this one on, until one ends the chain. */
  RuleOutcome run(Stage stage, Query query, int from);

  /** Does what a rule wants done besides; true if the query goes on later. */
  boolean doBesides(RuleOutcome.Aside aside, Stage stage);

  /** Finds the verdict that still holds for a query which is to be suspended; null for none. */
  @Nullable Verdict heldVerdict(RuleOutcome.Suspend suspend, Stage stage);

  /** Suspends the query. If that has begun, the query goes on later. */
  Suspensions.Attempt suspend(RuleOutcome.Suspend suspend, Stage stage);

  /** Finds the settings of a filter service. */
  FilterSettings filter(int asyncId);

  /** Notes that the query starts at the first rule again, because a verdict said so. */
  void startAgain();

  /** Notes that a verdict said so once too often, and the query goes on. */
  void startNoMore();

  /** Looks the question up in local data. */
  LocalOutcome lookUpLocally(Query query);

  /** Looks the question up in the answer cache: the query with its answer, or null. */
  @Nullable Query lookUpInCache(Query query);

  /** Asks the servers of the query's pool; the query goes on later. False if it is not there. */
  boolean forward(Query query);

  /** Notes that the target of an alias is looked up. */
  void followAlias(Query target);

  /** Notes that the target of an alias is not looked up: it leads back, or too far. */
  void leaveAlias(Query target);

  /** Ends the query with the answer that it has. */
  void reply(Query answered);

  /** Ends the query without an answer, because a rule, a verdict or a policy said so. */
  void drop(Query query);
}
