// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.Policy;
import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.Undecided;
import io.anteroom.node.suspend.Suspensions;
import io.anteroom.node.wire.Answers;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Verdict;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Rcode;

/**
 * Takes a query through one chain of rules, and tells the {@link Pipeline} how the chain ended:
 * with an answer, or with nothing, so that the next step follows. It has no state and no effect of
 * its own, like the pipeline.
 *
 * <p>A rule may suspend the query. It then continues at the next rule, or as the verdict says
 * ({@link Obedience}); without a verdict, as the settings of the service say.
 *
 * <p>A rule may run a policy, whose outcome is the rule's. If the policy waits for an operation,
 * the query is suspended like any other, and the policy continues with whatever ends the
 * suspension.
 */
final class ChainRunner {
  private static final ExtendedError NO_VERDICT =
      new ExtendedError(ExtendedError.NOT_READY, "no verdict");

  private final Pipeline pipeline;
  private final Steps steps;
  private final Obedience[] obedience;

  ChainRunner(Pipeline pipeline, Steps steps) {
    this.pipeline = pipeline;
    this.steps = steps;
    this.obedience =
        Stream.of(Stage.values())
            .map(stage -> new Obedience(pipeline, steps, stage))
            .toArray(Obedience[]::new);
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
          pipeline.follow(stage, next.query());
          return;
        }
        at = next.query();
        rule = by.nextRule();
      } else if (outcome instanceof RuleOutcome.EndChain done) {
        pipeline.follow(stage, done.query());
        return;
      } else if (outcome instanceof RuleOutcome.Restart restart) {
        pipeline.restart(restart.query());
        return;
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
      pipeline.answer(stage, answer.query(), answer.message());
    } else {
      steps.drop(((RuleOutcome.Drop) outcome).query());
    }
  }

  /** Continues with the outcome of a policy that ran on another thread. */
  void onPolicy(PolicyCall call, RuleOutcome outcome) {
    proceed(call.stage(), outcome, call);
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
      case SERVFAIL -> reply(query, Rcode.SERVFAIL);
      case REFUSE -> reply(query, Rcode.REFUSED);
      // Without SOA, so that clients do not cache the result of a temporary failure (RFC 2308).
      case NXDOMAIN -> reply(query, Rcode.NXDOMAIN);
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

  private void reply(Query query, int rcode) {
    steps.reply(query.withAnswer(Answers.rcode(query.wire(), rcode, NO_VERDICT)));
  }
}
