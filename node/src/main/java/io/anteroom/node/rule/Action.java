// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.flow.Outcome;
import io.anteroom.node.flow.Query;
import io.anteroom.protocol.ExtendedError;
import org.jspecify.annotations.Nullable;

/** What a rule does with the queries that it is for. */
public sealed interface Action {
  /** Whether it does anything to this query; if not, the next rule has its turn. */
  default boolean concerns(Query query) {
    return true;
  }

  /** An action after which the next rule has its turn. */
  sealed interface Passing extends Action {
    /** The query as the next rule sees it. */
    Query pass(Query query);
  }

  /** An action that ends the chain, at least for now. */
  sealed interface Ending extends Action {
    /**
     * What the chain comes to.
     *
     * @param nextRule the index of the rule after this one
     */
    Outcome end(Query query, int nextRule);
  }

  /** Does nothing; the rule stands there for its name. */
  record Continue() implements Passing {
    @Override
    public Query pass(Query query) {
      return query;
    }
  }

  /** Chooses the upstream pool. */
  record Pool(String name) implements Passing {
    @Override
    public Query pass(Query query) {
      return query.withPool(name);
    }
  }

  /**
   * Parks the query until the filter service with this asyncID has decided.
   *
   * @param thenDone whether the rest of the chain is skipped when it goes on
   * @param onHit whether it is for answers from the cache too
   */
  record Suspend(int asyncId, boolean thenDone, boolean onHit) implements Ending {
    @Override
    public boolean concerns(Query query) {
      return onHit || !query.cached();
    }

    @Override
    public Outcome end(Query query, int nextRule) {
      return new Outcome.Suspend(
          query, asyncId, thenDone ? Integer.MAX_VALUE : nextRule, nextRule - 1);
    }
  }

  /** Answers without records. */
  record Rcode(int rcode, @Nullable ExtendedError error) implements Ending {
    @Override
    public Outcome end(Query query, int nextRule) {
      return new Outcome.Answer(query, rcode, error);
    }
  }

  /** Gives no answer. */
  record Drop() implements Ending {
    @Override
    public Outcome end(Query query, int nextRule) {
      return new Outcome.Drop(query);
    }
  }
}
