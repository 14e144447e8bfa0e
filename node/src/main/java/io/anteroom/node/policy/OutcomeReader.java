// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import io.anteroom.node.flow.Continuation;
import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.PolicyFailure;
import io.anteroom.node.flow.PolicyProgram;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.policy.JavaPolicySetup.Declared;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.MadeAnswers;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.policy.Outcome;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns the outcome of a policy into the outcome of its rule, and checks what depends on the query
 * and the node. Immutable.
 */
final class OutcomeReader {
  private final PolicyProgram program;
  private final String className;
  private final Declared declared;

  /**
   * Creates a reader for the outcomes of one policy.
   *
   * @param className the author's class, for messages
   */
  OutcomeReader(PolicyProgram program, String className, Declared declared) {
    this.program = program;
    this.className = className;
    this.declared = declared;
  }

  /**
   * The outcome of the rule.
   *
   * @param query the query of the call, which no longer waits for an operation
   * @throws PolicyFailure if the outcome is not possible for this query
   */
  RuleOutcome read(@Nullable Outcome outcome, PolicyCall call, Query query) throws PolicyFailure {
    if (outcome == null) {
      throw failure(call, "returned null");
    }
    Query marked = mark(outcome, call, query);
    Outcome.Action action = outcome.action();
    if (action instanceof Outcome.Next) {
      return new RuleOutcome.Next(marked);
    } else if (action instanceof Outcome.Drop) {
      return new RuleOutcome.Drop(marked);
    } else if (action instanceof Outcome.Suspend suspend) {
      int asyncId = asyncId(call, "filter", suspend.filter(), declared.filters());
      return new RuleOutcome.Suspend(marked, asyncId, call.nextRule(), call.rule());
    } else if (action instanceof Outcome.Async async) {
      int asyncId = asyncId(call, "operation", async.service(), declared.operations());
      check(call, async.route(), async.variables());
      return wait(asyncId, call, marked, continuation(async, call));
    } else if (action instanceof Outcome.Ask ask) {
      int asyncId = asyncId(call, "filter", ask.filter(), declared.filters());
      check(call, ask.route(), ask.variables());
      return wait(asyncId, call, marked, continuation(ask, call));
    }
    byte[] message = answer(action, call, marked);
    return message == null ? new RuleOutcome.Next(marked) : new RuleOutcome.Answer(marked, message);
  }

  private Query mark(Outcome outcome, PolicyCall call, Query query) throws PolicyFailure {
    Query marked = query.withTags(outcome.tags());
    ExtendedError error = outcome.extendedError();
    if (error != null) {
      marked = marked.withError(error);
    }
    String pool = outcome.pool();
    if (pool == null) {
      return marked;
    } else if (hasAnswer(call.stage())) {
      throw failure(call, "chose a pool, which comes too late in the stage " + call.stage().word());
    } else if (!declared.pools().contains(pool)) {
      throw failure(call, "chose the upstream pool \"" + pool + "\", which is not there");
    }
    return marked.withPool(pool);
  }

  private static boolean hasAnswer(Stage stage) {
    return stage != Stage.QUERY && stage != Stage.CACHE_MISS;
  }

  /** The answer; null if the query continues at the next rule. */
  private byte @Nullable [] answer(Outcome.Action action, PolicyCall call, Query query)
      throws PolicyFailure {
    if (action instanceof Outcome.Rcode rcode) {
      return MadeAnswers.rcode(query.wire(), rcode.rcode());
    } else if (action instanceof Outcome.Addresses a) {
      return Answers.addresses(query.wire(), a.addresses(), a.ttlSeconds(), null);
    } else if (action instanceof Outcome.Truncate) {
      boolean udp = query.client().transport() == Transport.UDP;
      return udp ? Answers.truncated(query.wire()) : null;
    }
    byte[] message = ((Outcome.Message) action).message();
    WireAnswer answer = WireAnswer.parse(message);
    if (answer == null || !answer.answers(query.wire())) {
      throw failure(call, "answered with a message that is no answer to the query");
    }
    return MadeAnswers.message(query.wire(), message);
  }

  private void check(PolicyCall call, String route, Map<String, ?> variables) throws PolicyFailure {
    if (!declared.routes().containsKey(route)) {
      throw failure(call, "has no route \"" + route + "\" for its operation");
    }
    for (String name : variables.keySet()) {
      if (!declared.variables().contains(name)) {
        throw failure(call, "did not declare the variable \"" + name + "\" when it started");
      }
    }
  }

  private Continuation continuation(Outcome.Async async, PolicyCall call) throws PolicyFailure {
    return new Continuation(
        program,
        async.route(),
        async.variables(),
        async.operation(),
        async.timeout(),
        endedAtOnce(call));
  }

  private Continuation continuation(Outcome.Ask ask, PolicyCall call) throws PolicyFailure {
    return new Continuation(
        program, ask.route(), ask.variables(), null, ask.timeout(), endedAtOnce(call));
  }

  private static RuleOutcome wait(int asyncId, PolicyCall call, Query query, Continuation where) {
    return new RuleOutcome.Suspend(
        query.withContinuation(where), asyncId, call.nextRule(), call.rule());
  }

  private int endedAtOnce(PolicyCall call) throws PolicyFailure {
    int ended = call.endedAtOnce();
    if (ended >= PolicyCall.MAX_ENDED_AT_ONCE) {
      throw failure(call, "started another operation after " + ended + " that ended at once");
    }
    return ended;
  }

  private int asyncId(PolicyCall call, String kind, String name, Map<String, Integer> named)
      throws PolicyFailure {
    Integer asyncId = named.get(name);
    if (asyncId == null) {
      throw failure(call, "did not name the %s \"%s\" when it started".formatted(kind, name));
    }
    return asyncId;
  }

  private PolicyFailure failure(PolicyCall call, String what) {
    return new PolicyFailure(PolicyFailure.Kind.ERROR, where(call) + " " + what);
  }

  /** The author's method that this call runs. */
  String where(PolicyCall call) {
    Continuation begun = call.query().continuation();
    return call.result() == null || begun == null
        ? className + ".onQuery"
        : "the route " + begun.route() + " of " + className;
  }
}
