// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.flow.Query;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireName;
import io.anteroom.protocol.Rejection;
import io.anteroom.protocol.Verdict;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether a verdict can be carried out, which no filter can know for sure. */
public final class VerdictFit {
  private VerdictFit() {}

  /**
   * Why it does not fit the query or the node; null if it does.
   *
   * @param pools the names of the node's upstream pools
   */
  public static @Nullable Rejection misfit(Verdict verdict, Query query, Set<String> pools) {
    if (verdict instanceof Verdict.Answer answer) {
      WireAnswer message = WireAnswer.parse(answer.message());
      return message != null && message.answers(query.wire()) ? null : Rejection.MESSAGE;
    } else if (verdict instanceof Verdict.ToPool chosen) {
      return pools.contains(chosen.pool()) ? null : Rejection.POOL;
    } else if (verdict instanceof Verdict.ChangeName changed) {
      return WireName.isName(changed.name()) ? null : Rejection.NAME;
    }
    return null;
  }
}
