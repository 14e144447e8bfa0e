// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.config.Policy;
import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.PolicyFailure;
import io.anteroom.node.flow.PolicyProgram;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaRef;
import io.anteroom.node.lua.LuaState;
import io.anteroom.node.lua.LuaStop;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A function that a script gave to {@code LuaAction} or {@code LuaResponseAction}, as the program
 * of its rule. If it fails, its query gets SERVFAIL, as in dnsdist.
 */
final class LuaActionProgram implements PolicyProgram {
  private final String name;
  private LuaRef wrapper;
  private final Home home;

  /** Whether a script has asked for the message of a query, so that it will again. */
  private boolean needsContent;

  /** Where the functions of a script run. */
  interface Home {
    LuaState state();

    QuestionHost questions();

    /** The thread of Lua; null while the node has not started. */
    @Nullable Executor thread();

    /** A call has failed for a lack of memory. */
    void memoryEnded();
  }

  /**
   * Creates the program of a rule.
   *
   * @param name the place of the rule, such as {@code filter.lua:12}
   * @param wrapper what {@code L.action(f)} of question.lua returned
   */
  LuaActionProgram(String name, LuaRef wrapper, Home home) {
    this.name = name;
    this.wrapper = wrapper;
    this.home = home;
  }

  /** Calls another function from now on, of the same file in another state. */
  void use(LuaRef other) {
    wrapper = other;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Policy onError() {
    return Policy.SERVFAIL;
  }

  @Override
  public @Nullable Executor thread() {
    return home.thread();
  }

  @Override
  public RuleOutcome run(PolicyCall call) throws PolicyFailure {
    Question question = new Question(call.stage(), call.query(), home.questions());
    try {
      Object action = action(question);
      Suspender.Suspended suspended = question.suspended();
      if (suspended != null) {
        return suspended.outcome(call);
      } else if (action instanceof LuaStop) {
        // No message ID was free, so it can't be asked about; an overload costs no query.
        return new RuleOutcome.Next(question.query());
      }
      return ActionOutcomes.of(question, action, call.nextRule());
    } catch (LuaFailure e) {
      Suspender.Suspended suspended = question.suspended();
      if (suspended != null) {
        suspended.abandon();
      }
      if (e.kind() == LuaFailure.Kind.MEMORY) {
        home.memoryEnded();
      }
      throw new PolicyFailure(kind(e), String.valueOf(e.getMessage()));
    } finally {
      if (question.suspended() == null) {
        question.release();
      }
    }
  }

  /** A call with the message costs less than one in which the script asks for it. */
  private @Nullable Object action(Question question) throws LuaFailure {
    if (needsContent && home.questions().ids().available() > 0) {
      return home.state().call(wrapper, question, question.content());
    }
    Object action = home.state().call(wrapper, question);
    needsContent |= question.wasRead();
    return action;
  }

  private static PolicyFailure.Kind kind(LuaFailure failure) {
    return switch (failure.kind()) {
      case ERROR -> PolicyFailure.Kind.ERROR;
      case INSTRUCTIONS -> PolicyFailure.Kind.INSTRUCTIONS;
      case MEMORY -> PolicyFailure.Kind.MEMORY;
    };
  }
}
