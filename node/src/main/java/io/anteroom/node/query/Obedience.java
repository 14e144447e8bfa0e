// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.flow.Query;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.MadeAnswers;
import io.anteroom.node.wire.WireName;
import io.anteroom.protocol.Decision;
import io.anteroom.protocol.Stage;
import org.jspecify.annotations.Nullable;

/**
 * Carries out the decision of a verdict for a query in one stage. A method returns the query if it
 * continues at the next rule of its chain, and null if it has ended or continues elsewhere.
 */
final class Obedience implements Decision.Visitor<Query, Query> {
  /** The maximum number of times that verdicts may start one query again. */
  private static final int MAX_ROUNDS = 2;

  private final Pipeline pipeline;
  private final Steps steps;
  private final Stage stage;

  Obedience(Pipeline pipeline, Steps steps, Stage stage) {
    this.pipeline = pipeline;
    this.steps = steps;
    this.stage = stage;
  }

  @Override
  public Query onContinue(Query query) {
    return query;
  }

  @Override
  public @Nullable Query onRcode(Decision.Rcode rcode, Query query) {
    return answer(query, MadeAnswers.rcode(query.wire(), rcode.rcode()));
  }

  @Override
  public @Nullable Query onAddresses(Decision.Addresses a, Query query) {
    return answer(query, Answers.addresses(query.wire(), a.addresses(), a.ttlSeconds(), null));
  }

  @Override
  public @Nullable Query onAnswer(Decision.Answer answer, Query query) {
    return answer(query, MadeAnswers.message(query.wire(), answer.message()));
  }

  @Override
  public @Nullable Query onTruncate(Query query) {
    return Pipeline.isUdp(query) ? answer(query, Answers.truncated(query.wire())) : query;
  }

  @Override
  public @Nullable Query onDrop(Query query) {
    steps.drop(query);
    return null;
  }

  @Override
  public @Nullable Query onChangeName(Decision.ChangeName changeName, Query query) {
    Query renamed = query.renamed(query.wire().renamed(WireName.parse(changeName.name())));
    return query.answer() == null ? renamed : startAgain(query, renamed);
  }

  @Override
  public Query onToPool(Decision.ToPool toPool, Query query) {
    return query.withPool(toPool.pool());
  }

  @Override
  public @Nullable Query onAskAgain(Query query) {
    return startAgain(query, query);
  }

  /** Does not happen, because the router handles such a verdict; the query would continue. */
  @Override
  public Query onUndecided(Query query) {
    return query;
  }

  @Override
  public Query onResult(Decision.Result result, Query query) {
    return query;
  }

  private @Nullable Query answer(Query query, byte[] message) {
    pipeline.answer(stage, query, message);
    return null;
  }

  private @Nullable Query startAgain(Query query, Query again) {
    if (query.rounds() < MAX_ROUNDS) {
      steps.startAgain();
      pipeline.chains().run(Stage.QUERY, again.startedAgain(), 0);
      return null;
    }
    steps.startNoMore();
    return query;
  }
}
