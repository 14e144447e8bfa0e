// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.flow.Query;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireName;
import io.anteroom.protocol.Verdict;
import java.util.Set;

/** Whether a verdict can be carried out, which no filter can know for sure. */
public final class VerdictFit {
  private VerdictFit() {}

  /**
   * Whether it fits the query and the node.
   *
   * @param pools the names of the node's upstream pools
   */
  public static boolean fits(Verdict verdict, Query query, Set<String> pools) {
    if (verdict instanceof Verdict.Answer answer) {
      WireAnswer message = WireAnswer.parse(answer.message());
      return message != null && message.answers(query.wire());
    } else if (verdict instanceof Verdict.ToPool chosen) {
      return pools.contains(chosen.pool());
    }
    return !(verdict instanceof Verdict.ChangeName changed) || WireName.isName(changed.name());
  }
}
