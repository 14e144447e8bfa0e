// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.lua.LuaFailure;
import org.jspecify.annotations.Nullable;

/** Carries out {@code dq:suspend(asyncID, queryID, timeout)}. For the thread of Lua only. */
@FunctionalInterface
interface Suspender {
  /** No script can suspend. */
  Suspender NONE =
      (question, asyncId, queryId, timeoutMs) -> {
        throw new LuaFailure("nothing can be suspended here");
      };

  /** What a suspended question becomes when its action returns. */
  interface Suspended {
    /**
     * The outcome of the action.
     *
     * @throws LuaFailure if the message that the script made is not usable
     */
    RuleOutcome outcome(PolicyCall call) throws LuaFailure;

    /** The action has failed, so the question is not suspended any more. */
    void abandon();
  }

  /**
   * Suspends a question, which may be {@linkplain Question#suspended suspended} already.
   *
   * @param asyncId 0 to 65535
   * @param queryId 0 to 65535
   * @param timeoutMs 0 to 2^32 - 1
   * @return null if that is not possible; the script then gets false, and the question goes on
   */
  @Nullable Suspended suspend(Question question, int asyncId, int queryId, long timeoutMs)
      throws LuaFailure;
}
