// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.flow.Continuation;
import io.anteroom.node.flow.Query;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireName;
import io.anteroom.protocol.Decision;
import io.anteroom.protocol.Rejection;
import io.anteroom.protocol.Verdict;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks whether a verdict can be applied to a query on this node; a filter can't know that for
 * sure.
 */
public final class VerdictFit {
  private final Check check;

  /**
   * Creates the check for the queries of a node.
   *
   * @param pools the names of the node's upstream pools
   */
  public VerdictFit(Set<String> pools) {
    this.check = new Check(pools);
  }

  /**
   * The reason why the verdict does not fit the query or the node; null if it fits.
   *
   * <p>A query that waits for an operation can be decided by the result or by an operator, and by
   * no other verdict.
   */
  public @Nullable Rejection misfit(Verdict verdict, Query query, boolean byOperator) {
    boolean isResult = verdict.decision() instanceof Decision.Result;
    return !isResult && !byOperator && waitsForOperation(query)
        ? Rejection.OPERATION
        : verdict.decision().accept(check, query);
  }

  private static boolean waitsForOperation(Query query) {
    Continuation continuation = query.continuation();
    return continuation != null && continuation.operation() != null;
  }

  private record Check(Set<String> pools) implements Decision.ContentVisitor<Query, Rejection> {
    @Override
    public @Nullable Rejection onNoContent(Query query) {
      return null;
    }

    @Override
    public @Nullable Rejection onRcode(Decision.Rcode rcode, Query query) {
      return null;
    }

    @Override
    public @Nullable Rejection onAddresses(Decision.Addresses addresses, Query query) {
      return null;
    }

    @Override
    public @Nullable Rejection onAnswer(Decision.Answer answer, Query query) {
      WireAnswer message = WireAnswer.parse(answer.message());
      return message != null && message.answers(query.wire()) ? null : Rejection.MESSAGE;
    }

    @Override
    public @Nullable Rejection onChangeName(Decision.ChangeName changeName, Query query) {
      return WireName.isName(changeName.name()) ? null : Rejection.NAME;
    }

    @Override
    public @Nullable Rejection onToPool(Decision.ToPool toPool, Query query) {
      return pools.contains(toPool.pool()) ? null : Rejection.POOL;
    }

    @Override
    public @Nullable Rejection onResult(Decision.Result result, Query query) {
      return waitsForOperation(query) ? null : Rejection.RESULT;
    }
  }
}
