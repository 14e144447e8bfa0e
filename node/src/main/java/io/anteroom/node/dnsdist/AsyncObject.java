// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.config.Policy;
import io.anteroom.node.flow.Continuation;
import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.PolicyProgram;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.operation.OperationRunner;
import io.anteroom.protocol.Operation;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A question that a script has suspended, until it ends: what dnsdist calls an AsynchronousObject.
 * For the node the script is an operation that its query waits for, and this is the program that
 * goes on with the query. The script ends it when it decides; otherwise whatever else ends the wait
 * does, and the query goes on as the script left it when it suspended it.
 *
 * <p>The script's side runs on the thread of Lua, the program on that of the query's listener, and
 * the operation on that of a filter router. So the state of the end is guarded by this object.
 */
final class AsyncObject implements PolicyProgram, Suspender.Suspended {
  static final String ARGUMENT = "object";

  private static final OperationResult DONE = OperationResult.done(Map.of());

  final int asyncId;
  final int queryId;
  final long serial;
  final long timeoutMs;
  final Question question;

  private final AsyncObjects objects;

  /** What tells the node that the script has decided; null while the node has not asked. */
  private @Nullable Consumer<OperationResult> waiting;

  private @Nullable RuleOutcome decided;
  private boolean over;

  /** What the query becomes if the script does not decide; null for the query as it waits. */
  private @Nullable RuleOutcome undecided;

  /** The index of the rule that suspended it, and whether the script has fetched it since. */
  private int rule;

  private boolean fetched;

  AsyncObject(
      AsyncObjects objects,
      Question question,
      int asyncId,
      int queryId,
      long serial,
      long timeoutMs) {
    this.objects = objects;
    this.question = question;
    this.asyncId = asyncId;
    this.queryId = queryId;
    this.serial = serial;
    this.timeoutMs = timeoutMs;
  }

  /** Suspends the query, as the script has left it, when the action has returned. */
  @Override
  public RuleOutcome outcome(PolicyCall call) throws LuaFailure {
    RuleOutcome left = question.outcome();
    if (left instanceof RuleOutcome.Answer) {
      undecided = AsyncObjects.after(question);
    }
    return suspend(
        left instanceof RuleOutcome.Next next ? next.query() : question.query(), call.rule());
  }

  /** The action has failed. */
  @Override
  public void abandon() {
    objects.abandon(this);
  }

  /**
   * Ends it because the script suspends its question once more.
   *
   * @param next what the question waits for then
   * @return false if it has ended before
   */
  boolean giveWayTo(AsyncObject next) {
    return decide(next.suspend(question.query().suspendedOnceMore(), rule));
  }

  private RuleOutcome suspend(Query query, int by) {
    rule = by;
    Continuation here =
        new Continuation(
            this,
            "resume",
            Map.of(),
            new Operation(Map.of(ARGUMENT, serial)),
            Duration.ofMillis(timeoutMs),
            0);
    return new RuleOutcome.Suspend(
        query.withContinuation(here), objects.service(asyncId), Integer.MAX_VALUE, by);
  }

  // ------------------------------------------------------------------- on the thread of Lua

  /** Ends it in this way; false if it has ended before. */
  boolean decide(RuleOutcome outcome) {
    Consumer<OperationResult> told;
    synchronized (this) {
      if (over || decided != null) {
        return false;
      }
      decided = outcome;
      told = waiting;
      waiting = null;
    }
    if (told != null) {
      told.accept(DONE);
    }
    return true;
  }

  /**
   * Ends it without the script, if it has not ended.
   *
   * @return whether that ended it
   */
  boolean expire() {
    Consumer<OperationResult> told;
    boolean first;
    synchronized (this) {
      first = !over && decided == null;
      over = true;
      told = waiting;
      waiting = null;
    }
    if (told != null) {
      told.accept(OperationResult.failed(ResultCode.TIMEOUT, "the script did not decide in time"));
    }
    return first;
  }

  void fetch() {
    fetched = true;
  }

  boolean isFetched() {
    return fetched;
  }

  synchronized boolean isLive() {
    return !over && decided == null;
  }

  // ------------------------------------------------------------- on the filter router's thread

  /**
   * The node waits for the decision. If the query moves to another place in the cluster it stops to
   * wait and asks again, so the end of a wait does not end the object.
   */
  OperationRunner.Running await(Consumer<OperationResult> done) {
    boolean ended;
    synchronized (this) {
      ended = over || decided != null;
      if (!ended) {
        waiting = done;
      }
    }
    if (ended) {
      done.accept(DONE);
    }
    return () -> stopWaiting(done);
  }

  private void stopWaiting(Consumer<OperationResult> done) {
    synchronized (this) {
      if (waiting != done) {
        return;
      }
      waiting = null;
    }
    done.accept(OperationResult.failed(ResultCode.CANCELLED, "nobody waits for it any more"));
  }

  // ----------------------------------------------------------------- on the listener's thread

  @Override
  public String name() {
    return "asyncID " + asyncId;
  }

  @Override
  public Policy onError() {
    return Policy.CONTINUE;
  }

  @Override
  public @Nullable Executor thread() {
    return null;
  }

  /** Goes on with the query when the wait has ended, in whichever way. */
  @Override
  public RuleOutcome run(PolicyCall call) {
    RuleOutcome outcome;
    boolean first;
    synchronized (this) {
      outcome = decided;
      first = !over && outcome == null;
      over = true;
    }
    objects.ended(this, first);
    if (outcome == null) {
      outcome = undecided;
    }
    return outcome != null
        ? outcome
        : new RuleOutcome.EndChain(call.query().withContinuation(null));
  }
}
