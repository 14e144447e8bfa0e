// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import io.anteroom.protocol.Stage;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One call of a policy for a query.
 *
 * @param query if an operation has ended, with the {@link Continuation} that it began with
 * @param nextRule the index of the rule at which the chain continues after the policy
 * @param rule the index of the rule that runs the policy
 * @param result how the operation ended that the policy waited for; null if the policy begins
 */
public record PolicyCall(
    Stage stage,
    Query query,
    PolicyProgram program,
    int nextRule,
    int rule,
    @Nullable OperationResult result) {
  /** Maximum number of operations of one query in a row that end at once. */
  public static final int MAX_ENDED_AT_ONCE = 8;

  /** The first call for a rule. */
  public static PolicyCall begin(Stage stage, RuleOutcome.CallPolicy call) {
    return new PolicyCall(stage, call.query(), call.program(), call.nextRule(), call.rule(), null);
  }

  /** The call that follows an operation; the query must have a continuation of this node. */
  public static PolicyCall resume(Stage stage, Query query, int nextRule, OperationResult result) {
    Continuation from = Objects.requireNonNull(query.continuation());
    PolicyProgram program = Objects.requireNonNull(from.program());
    return new PolicyCall(stage, query, program, nextRule, nextRule - 1, result);
  }

  /**
   * How many operations in a row ended at once before the one that the policy starts now: they were
   * refused, or a held verdict was the result. Without a limit of them, a policy that starts
   * another one each time would never end. A filter that was asked always counts.
   *
   * @return at most {@link #MAX_ENDED_AT_ONCE}; then the policy must not start another one
   */
  public int endedAtOnce() {
    Continuation before = query.continuation();
    if (result == null || before == null) {
      return 0;
    }
    boolean refused = result.code() == ResultCode.REFUSED || result.code() == ResultCode.REJECTED;
    return refused || before.operation() == null ? before.refused() + 1 : 0;
  }
}
