// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.config.Policy;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.PolicyFailure;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.net.Survival;
import io.anteroom.node.policy.PolicyLog;
import io.anteroom.node.suspend.Repetition;
import io.anteroom.node.wire.Answers;
import io.anteroom.protocol.ExtendedError;
import io.netty.channel.EventLoop;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Rcode;

/**
 * Runs policies for the queries of one listener, on its thread or on the policy's own. At most
 * {@value #MAX_ELSEWHERE} queries of a listener wait for policies on other threads; for further
 * ones the policy counts as failed. A failed policy costs only its query, which is treated as
 * {@code on-error} says.
 */
final class PolicyCalls {
  static final int MAX_ELSEWHERE = 10_000;

  private static final Logger LOG = LoggerFactory.getLogger(PolicyCalls.class);
  private static final ExtendedError FAILED =
      new ExtendedError(ExtendedError.NOT_READY, "policy failed");

  private final EventLoop loop;
  private final ActorRef<OriginCommand> origin;
  private final Counters<Counter> counters;
  private final PolicyLog log;
  private final Later later;

  /** How many equal queries wait for policies on other threads; usually one. */
  private final Map<Repetition, Integer> byQuestion = new HashMap<>();

  private int elsewhere;

  /** Continues a query whose policy ran on another thread. */
  @FunctionalInterface
  interface Later {
    void goOn(PolicyCall call, RuleOutcome outcome);
  }

  /** How a call on another thread ended; one of both is null. */
  private record Ended(@Nullable RuleOutcome outcome, @Nullable PolicyFailure failure) {}

  /**
   * Creates the calls of one listener.
   *
   * @param loop the listener's thread
   * @param later called on this thread
   */
  PolicyCalls(
      EventLoop loop,
      ActorRef<OriginCommand> origin,
      Counters<Counter> counters,
      LongSupplier nanoTime,
      Later later) {
    this.loop = loop;
    this.origin = origin;
    this.counters = counters;
    this.log = new PolicyLog(LOG, nanoTime);
    this.later = later;
  }

  /** Runs a policy; null if it runs on another thread, after which {@link Later} continues. */
  @Nullable RuleOutcome call(PolicyCall call) {
    counters.increment(Counter.POLICY_CALLS);
    Executor thread = call.program().thread();
    if (thread == null || thread == loop) {
      return outcome(call, run(call));
    } else if (elsewhere >= MAX_ELSEWHERE) {
      return failed(call, overload("more than " + MAX_ELSEWHERE + " queries wait for its thread"));
    }
    try {
      Repetition question = new Repetition(call.query());
      thread.execute(() -> runFor(call, question));
      elsewhere++;
      byQuestion.merge(question, 1, Integer::sum);
      return null;
    } catch (RejectedExecutionException e) {
      return failed(call, overload("its thread has ended"));
    }
  }

  /** Whether this is a retransmission of a query that waits for a policy on another thread. */
  boolean isRepeated(Repetition query) {
    return byQuestion.containsKey(query);
  }

  /** Whether no query waits for a policy on another thread. */
  boolean areAllHere() {
    return elsewhere == 0;
  }

  private static PolicyFailure overload(String why) {
    return new PolicyFailure(PolicyFailure.Kind.OVERLOAD, why);
  }

  /** On the policy's thread. */
  private void runFor(PolicyCall call, Repetition question) {
    Ended ended = run(call);
    origin.tell(
        new Due(
            () -> {
              elsewhere--;
              byQuestion.computeIfPresent(question, (key, n) -> n == 1 ? null : n - 1);
              later.goOn(call, outcome(call, ended));
            }));
  }

  private static Ended run(PolicyCall call) {
    try {
      return new Ended(call.program().run(call), null);
    } catch (PolicyFailure failure) {
      return new Ended(null, failure);
    } catch (Throwable bug) {
      Survival.endIfOutOfMemory(bug);
      LOG.error("policy {} could not be run, which is a bug", call.program().name(), bug);
      return new Ended(null, new PolicyFailure(PolicyFailure.Kind.ERROR, bug.toString()));
    }
  }

  private RuleOutcome outcome(PolicyCall call, Ended ended) {
    PolicyFailure failure = ended.failure();
    return failure == null ? Objects.requireNonNull(ended.outcome()) : failed(call, failure);
  }

  private RuleOutcome failed(PolicyCall call, PolicyFailure failure) {
    counters.increment(counter(failure.kind()));
    log(call, failure);
    Query query = call.query().withContinuation(null);
    Policy policy = call.program().onError();
    return switch (policy) {
      case CONTINUE -> new RuleOutcome.Next(query);
      case DROP -> new RuleOutcome.Drop(query);
      case SERVFAIL -> answer(query, Rcode.SERVFAIL);
      case REFUSE -> answer(query, Rcode.REFUSED);
      case NXDOMAIN -> answer(query, Rcode.NXDOMAIN);
    };
  }

  private static RuleOutcome answer(Query query, int rcode) {
    return new RuleOutcome.Answer(query, Answers.rcode(query.wire(), rcode, FAILED));
  }

  private static Counter counter(PolicyFailure.Kind kind) {
    return switch (kind) {
      case ERROR -> Counter.POLICY_ERRORS;
      case INSTRUCTIONS -> Counter.POLICY_INSTRUCTIONS;
      case MEMORY -> Counter.POLICY_MEMORY;
      case OVERLOAD -> Counter.POLICY_OVERLOAD;
    };
  }

  /** Each query may cause a failure, so equal ones are logged once a minute. */
  private void log(PolicyCall call, PolicyFailure failure) {
    String line = "policy %s failed: %s".formatted(call.program().name(), failure.getMessage());
    log.warn(line, () -> line);
  }
}
