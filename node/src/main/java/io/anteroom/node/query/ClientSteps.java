// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.rate.Block;
import io.anteroom.node.suspend.Repetition;
import io.anteroom.node.suspend.Suspensions;
import io.anteroom.node.zone.LocalOutcome;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * Carries out the steps of the pipeline for clients, and counts them. For the thread of one
 * listener.
 */
final class ClientSteps implements Steps {
  private final QueryProcessor.Parts parts;
  private final AdmissionControl admission;
  private final Suspensions suspensions;
  private final CacheKeeper caching;
  private final Asides asides;
  private final PolicyCalls policies;
  private final Replies replies;

  ClientSteps(
      QueryProcessor.Parts parts,
      AdmissionControl admission,
      Suspensions suspensions,
      CacheKeeper caching,
      Asides asides,
      PolicyCalls policies,
      Replies replies) {
    this.parts = parts;
    this.admission = admission;
    this.suspensions = suspensions;
    this.caching = caching;
    this.asides = asides;
    this.policies = policies;
    this.replies = replies;
  }

  @Override
  public @Nullable Block blockOf(Query query) {
    return admission.blockOf(query.client());
  }

  @Override
  public void tagBlocked(Block block) {
    admission.count(block);
  }

  @Override
  public void endBlocked(Query query, Block block, byte @Nullable [] answer) {
    admission.end(query, block, answer);
  }

  @Override
  public void admit(Query query) {
    admission.admit(query.client());
  }

  @Override
  public void replyToAny(Query answered) {
    count(Counter.QUERY_ANY);
    admission.answer(answered);
  }

  @Override
  public boolean isRepeated(Query query) {
    if (suspensions.live() == 0 && policies.areAllHere()) {
      return false;
    }
    Repetition question = new Repetition(query);
    return suspensions.isRepeated(question) || policies.isRepeated(question);
  }

  @Override
  public void ignoreRepeated(Query query) {
    count(Counter.RETRANSMISSIONS);
    replies.none(query.client());
  }

  @Override
  public RuleOutcome run(Stage stage, Query query, int from) {
    return query.rules().run(stage, query, from);
  }

  @Override
  public boolean doBesides(RuleOutcome.Aside aside, Stage stage) {
    return asides.take(aside, stage);
  }

  @Override
  public @Nullable RuleOutcome callPolicy(PolicyCall call) {
    return policies.call(call);
  }

  @Override
  public @Nullable Verdict heldVerdict(RuleOutcome.Suspend suspend, Stage stage) {
    return suspensions.held(suspend, stage);
  }

  @Override
  public Suspensions.Attempt suspend(RuleOutcome.Suspend suspend, Stage stage) {
    return suspensions.suspend(suspend, stage);
  }

  @Override
  public FilterSettings filter(int asyncId) {
    return parts.suspender().service(asyncId).settings();
  }

  @Override
  public void startAgain() {
    count(Counter.ASKED_AGAIN);
  }

  @Override
  public void startNoMore() {
    count(Counter.ASKED_TOO_OFTEN);
  }

  @Override
  public void restart() {
    count(Counter.POLICY_RESTARTS);
  }

  @Override
  public LocalOutcome lookUpLocally(Query query) {
    LocalOutcome local = parts.local().get().find(query);
    if (local instanceof LocalOutcome.Answer answer) {
      count(answer.counter());
    } else if (local instanceof LocalOutcome.Route) {
      count(Counter.LOCAL_ROUTED);
    }
    return local;
  }

  @Override
  public @Nullable Query lookUpInCache(Query query) {
    return caching.hit(query);
  }

  @Override
  public boolean forward(Query query) {
    boolean forwarded = caching.forward(query);
    if (!forwarded) {
      count(Counter.POOL_GONE);
    }
    return forwarded;
  }

  @Override
  public void followAlias(Query target) {
    count(Counter.ALIASES_FOLLOWED);
  }

  @Override
  public void leaveAlias(Query target) {
    count(Counter.ALIASES_ENDLESS);
  }

  @Override
  public boolean store(Query answered) {
    return caching.store(answered);
  }

  @Override
  public void reply(Query answered) {
    admission.answer(answered);
  }

  @Override
  public void drop(Query query) {
    count(Counter.DROPPED);
    replies.none(query.client());
  }

  private void count(Counter counter) {
    parts.counters().increment(counter);
  }
}
