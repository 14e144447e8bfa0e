// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.Policy;
import io.anteroom.node.flow.Chase;
import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.Undecided;
import io.anteroom.node.rate.Block;
import io.anteroom.node.suspend.Suspensions;
import io.anteroom.node.wire.AliasChain;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.node.zone.LocalOutcome;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/**
 * The order of processing of a query, from question to answer. What comes next is decided only
 * here, from the stage, the query, and the results of the {@linkplain Steps steps}. It has no state
 * and no effect of its own; the steps have, so every implementation of them gets the same order.
 *
 * <pre>
 * block? ANY? -> [query chain] -> local data? -yes-> [self-answered chain] -> reply
 *                                      | no
 *                                 answer cache -hit-> [cache-hit chain] -> [response chain] -> reply
 *                                      | miss
 *                                 [cache-miss chain] -> upstream pool -> answer cache
 *                                      -> [cache-inserted chain] -> [response chain] -> reply
 * </pre>
 *
 * <p>A rule of any chain may suspend the query; it continues at the next rule, or as the verdict
 * says. An answer that a rule or a verdict makes in the query or cache-miss chain goes through the
 * self-answered chain; in the other chains it is sent. When no server has answered, a stale answer
 * of the cache continues like a hit; without one, SERVFAIL goes through the response chain.
 *
 * <p>An answer made by a rule, a verdict or local data may end in an alias (CNAME) without its
 * target. The target is then looked up in local data, the cache and upstream, without rules, and
 * the answer continues when it is complete ({@link Chase}).
 *
 * <p>A rule may run a policy, whose outcome is the rule's. If the policy waits for an operation,
 * the query is suspended like any other, and the policy continues with whatever ends the
 * suspension.
 *
 * <p>A call returns when the query has ended, or waits for a filter, a server or a rule's delay.
 * Then another call continues it.
 */
final class Pipeline {
  /** The maximum number of alias targets looked up for one query. */
  private static final int MAX_TARGETS = 8;

  private static final ExtendedError BLOCKED = new ExtendedError(ExtendedError.PROHIBITED);
  private static final ExtendedError NO_VERDICT =
      new ExtendedError(ExtendedError.NOT_READY, "no verdict");

  private final Steps steps;
  private final Obedience[] obedience;

  Pipeline(Steps steps) {
    this.steps = steps;
    this.obedience =
        Stream.of(Stage.values())
            .map(stage -> new Obedience(this, steps, stage))
            .toArray(Obedience[]::new);
  }

  /** Processes a new query of a client. */
  void begin(Query asked) {
    Query query = passBlock(asked);
    if (query == null) {
      return;
    }
    steps.admit(query);
    if (query.wire().type() == Type.ANY && isUdp(query)) {
      steps.replyToAny(query.withAnswer(Answers.refuseAny(query.wire())));
    } else if (steps.isRepeated(query)) {
      steps.ignoreRepeated(query);
    } else {
      run(Stage.QUERY, query, 0);
    }
  }

  /** Applies a block to the query; null if that ended it. */
  private @Nullable Query passBlock(Query query) {
    Block block = steps.blockOf(query);
    if (block == null) {
      return query;
    }
    WireQuery wire = query.wire();
    switch (block.action().kind()) {
      case DROP -> steps.endBlocked(query, block, null);
      case REFUSE -> steps.endBlocked(query, block, Answers.rcode(wire, Rcode.REFUSED, BLOCKED));
      case NXDOMAIN -> steps.endBlocked(query, block, Answers.rcode(wire, Rcode.NXDOMAIN, null));
      case TRUNCATE -> {
        if (!isUdp(query)) {
          return query;
        }
        steps.endBlocked(query, block, Answers.truncated(wire));
      }
      case SET_TAG -> {
        steps.tagBlocked(block);
        return query.withTags(block.action().tags());
      }
    }
    return null;
  }

  /** Runs a chain from this rule on, then whatever follows the chain. */
  void run(Stage stage, Query query, int from) {
    proceed(stage, steps.run(stage, query, from), null);
  }

  /**
   * Continues with the outcome of a rule, of the chain's end, or of a policy.
   *
   * @param policy the call that had this outcome; null if rules had it
   */
  private void proceed(Stage stage, RuleOutcome first, @Nullable PolicyCall policy) {
    RuleOutcome outcome = first;
    PolicyCall by = policy;
    while (true) {
      Query at;
      int rule;
      if (outcome instanceof RuleOutcome.Next next) {
        if (by == null) {
          follow(stage, next.query());
          return;
        }
        at = next.query();
        rule = by.nextRule();
      } else if (outcome instanceof RuleOutcome.CallPolicy call) {
        by = PolicyCall.begin(stage, call);
        outcome = steps.callPolicy(by);
        if (outcome == null) {
          return;
        }
        continue;
      } else if (outcome instanceof RuleOutcome.Aside aside) {
        if (steps.doBesides(aside, stage)) {
          return;
        }
        at = aside.query();
        rule = aside.nextRule();
      } else if (outcome instanceof RuleOutcome.Suspend suspend) {
        at = decide(suspend, stage);
        if (at == null) {
          return;
        }
        rule = suspend.nextRule();
      } else if (by != null && outcome instanceof RuleOutcome.Decided decided) {
        at = obey(decided.verdict(), stage, decided.query());
        if (at == null) {
          return;
        }
        rule = by.nextRule();
      } else {
        end(stage, outcome);
        return;
      }
      outcome = steps.run(stage, at, rule);
      by = null;
    }
  }

  private void end(Stage stage, RuleOutcome outcome) {
    if (outcome instanceof RuleOutcome.Answer answer) {
      answer(stage, answer.query(), answer.message());
    } else {
      steps.drop(((RuleOutcome.Drop) outcome).query());
    }
  }

  /** Continues with the outcome of a policy that ran on another thread. */
  void onPolicy(PolicyCall call, RuleOutcome outcome) {
    proceed(call.stage(), outcome, call);
  }

  private void follow(Stage stage, Query query) {
    switch (stage) {
      case QUERY -> lookUp(query);
      case CACHE_MISS -> forward(query);
      case CACHE_HIT, CACHE_INSERTED -> run(Stage.RESPONSE, query, 0);
      case RESPONSE, SELF_ANSWERED -> steps.reply(query);
    }
  }

  /**
   * Suspends a query, or applies a held verdict. Null if the query does not continue at the next
   * rule now.
   */
  private @Nullable Query decide(RuleOutcome.Suspend suspend, Stage stage) {
    Query query = suspend.query();
    Verdict held = steps.heldVerdict(suspend, stage);
    if (held != null) {
      return decided(stage, query, suspend.nextRule(), held);
    }
    Suspensions.Attempt attempt = steps.suspend(suspend, stage);
    Undecided refused = attempt.refused();
    if (refused == null) {
      return null;
    } else if (query.continuation() != null) {
      resumePolicy(stage, query, suspend.nextRule(), PolicyResults.refused(attempt));
      return null;
    }
    return goesOn(query, suspend.asyncId(), refused) ? query : null;
  }

  /** The policy of a service for this reason. */
  static Policy policy(FilterSettings service, Undecided reason) {
    return switch (reason) {
      case TIMEOUT -> service.onTimeout();
      case OVERLOAD -> service.onOverload();
      case NO_FILTER -> service.onNoFilter();
    };
  }

  /**
   * Continues a suspended query with its verdict.
   *
   * @param nextRule the index of the rule at which the chain continues
   */
  void onVerdict(Stage stage, Query query, int nextRule, Verdict verdict) {
    Query next = decided(stage, query, nextRule, verdict);
    if (next != null) {
      run(stage, next, nextRule);
    }
  }

  /**
   * Continues a suspended query with the verdict of an operator. If a policy waits, the operator
   * decides instead of it.
   */
  void onOperator(Stage stage, Query query, int nextRule, Verdict verdict) {
    onVerdict(stage, query.withContinuation(null), nextRule, verdict);
  }

  /**
   * Continues a suspended query that got no verdict.
   *
   * @param nextRule the index of the rule at which the chain continues
   * @param stopping whether there is no verdict because the node stops
   */
  void onUndecided(
      Stage stage, Query query, int nextRule, int asyncId, Undecided reason, boolean stopping) {
    if (query.continuation() != null) {
      resumePolicy(stage, query, nextRule, PolicyResults.undecided(reason, stopping));
    } else if (goesOn(query, asyncId, reason)) {
      run(stage, query, nextRule);
    }
  }

  /** Applies a verdict, or tells it to the policy that asked. Null as in {@link #obey}. */
  private @Nullable Query decided(Stage stage, Query query, int nextRule, Verdict verdict) {
    if (query.continuation() == null) {
      return obey(verdict, stage, query);
    }
    Query marked = query.withTags(verdict.tags()).withError(verdict.error());
    resumePolicy(stage, marked, nextRule, PolicyResults.of(verdict));
    return null;
  }

  private void resumePolicy(Stage stage, Query query, int nextRule, OperationResult result) {
    PolicyCall call = PolicyCall.resume(stage, query, nextRule, result);
    RuleOutcome outcome = steps.callPolicy(call);
    if (outcome != null) {
      proceed(stage, outcome, call);
    }
  }

  /** Applies the policy of a service that gave no verdict; true if the query continues. */
  private boolean goesOn(Query query, int asyncId, Undecided reason) {
    switch (policy(steps.filter(asyncId), reason)) {
      case CONTINUE -> {
        return true;
      }
      case SERVFAIL -> reply(query, Rcode.SERVFAIL, NO_VERDICT);
      case REFUSE -> reply(query, Rcode.REFUSED, NO_VERDICT);
      // Without SOA, so that clients do not cache the result of a temporary failure (RFC 2308).
      case NXDOMAIN -> reply(query, Rcode.NXDOMAIN, NO_VERDICT);
      case DROP -> steps.drop(query);
    }
    return false;
  }

  /**
   * Applies a verdict; null if the query does not continue at the next rule. The entity has checked
   * that the verdict fits the query and the node.
   */
  private @Nullable Query obey(Verdict verdict, Stage stage, Query decided) {
    Query query = decided.withTags(verdict.tags()).withError(verdict.error());
    return verdict.decision().accept(obedience[stage.ordinal()], query);
  }

  /** Continues with an answer that a rule or a verdict made in this stage. */
  void answer(Stage stage, Query query, byte[] message) {
    boolean early = stage == Stage.QUERY || stage == Stage.CACHE_MISS;
    goOn(query.withAnswer(message), early ? Stage.SELF_ANSWERED : null, 0);
  }

  /**
   * Continues with an answer made by this node. If it ends in an alias, the target is looked up
   * first.
   *
   * @param next the chain that the answer goes through; null if it is sent
   * @param targets how many targets have been looked up for it
   */
  private void goOn(Query answered, @Nullable Stage next, int targets) {
    List<WireName> names = AliasChain.unfinished(answered.wire(), FinalAnswer.message(answered));
    if (!names.isEmpty()) {
      chase(new Chase(answered, next, targets), names);
    } else if (next == null) {
      steps.reply(answered);
    } else {
      run(next, answered, 0);
    }
  }

  private void chase(Chase chase, List<WireName> names) {
    WireQuery wire = chase.query().wire();
    Query target = chase.query().chasing(chase, wire.renamed(names.get(names.size() - 1)));
    if (chase.steps() >= MAX_TARGETS || AliasChain.isEndless(names)) {
      steps.leaveAlias(target);
      onFailed(target, null);
    } else {
      steps.followAlias(target);
      lookUp(target);
    }
  }

  /**
   * Joins the answer for a target with the alias that leads to it, and continues with the result.
   */
  private void join(Chase chase, Query target) {
    Query alias = chase.query();
    byte[] whole =
        AliasChain.join(alias.wire(), FinalAnswer.message(alias), FinalAnswer.message(target));
    Query joined = alias.withAnswer(whole == null ? rcode(alias, Rcode.SERVFAIL, null) : whole);
    ExtendedError own = alias.error();
    goOn(own == null ? joined.withError(target.error()) : joined, chase.next(), chase.steps() + 1);
  }

  /**
   * Continues with an answer in this chain, or with the waiting alias if the answer is for its
   * target.
   */
  private void found(Stage stage, Query answered) {
    Chase chase = answered.chase();
    if (chase == null) {
      run(stage, answered, 0);
    } else {
      join(chase, answered);
    }
  }

  /** Looks the question up: in local data, then in the cache. */
  private void lookUp(Query query) {
    LocalOutcome local = steps.lookUpLocally(query);
    if (local instanceof LocalOutcome.Answer answer) {
      onLocal(query.withAnswer(answer.message()));
    } else if (local instanceof LocalOutcome.Route route) {
      resolve(query.withPool(route.pool()));
    } else {
      resolve(query);
    }
  }

  private void onLocal(Query answered) {
    Chase chase = answered.chase();
    if (chase == null) {
      goOn(answered, Stage.SELF_ANSWERED, 0);
    } else {
      join(chase, answered);
    }
  }

  private void resolve(Query query) {
    Query cached = steps.lookUpInCache(query);
    if (cached != null) {
      onCached(cached);
    } else if (query.chase() == null) {
      run(Stage.CACHE_MISS, query, 0);
    } else {
      forward(query);
    }
  }

  private void forward(Query query) {
    if (!steps.forward(query)) {
      onFailed(query, null);
    }
  }

  /**
   * Continues with the answer of an upstream server.
   *
   * @param inserted whether the answer was stored in the cache
   */
  void onAnswered(Query answered, boolean inserted) {
    found(inserted ? Stage.CACHE_INSERTED : Stage.RESPONSE, answered);
  }

  /** Continues with an answer from the cache: a hit, or one given because the servers failed. */
  void onCached(Query answered) {
    found(Stage.CACHE_HIT, answered);
  }

  /**
   * Continues with SERVFAIL, because there is no answer. SERVFAIL goes through the response chain
   * like any answer.
   */
  void onFailed(Query query, @Nullable ExtendedError error) {
    Query failed = query.withAnswer(rcode(query, Rcode.SERVFAIL, error));
    found(Stage.RESPONSE, query.chase() == null ? failed : failed.withError(error));
  }

  private void reply(Query query, int rcode, @Nullable ExtendedError error) {
    steps.reply(query.withAnswer(rcode(query, rcode, error)));
  }

  private static byte[] rcode(Query query, int rcode, @Nullable ExtendedError error) {
    return Answers.rcode(query.wire(), rcode, error);
  }

  static boolean isUdp(Query query) {
    return query.client().transport() == Transport.UDP;
  }
}
