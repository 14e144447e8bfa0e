// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.protocol.Verdict;

/** What a verdict comes to for the client, the most severe first. Votes of one kind are alike. */
enum Severity {
  /** No answer. */
  DROP,
  /** An answer that is only an RCODE. */
  RCODE,
  /** Another answer than the query would have had: addresses, a message, TC, that of a name. */
  ANSWER,
  /** The query goes on, perhaps to a pool, or starts again. */
  CONTINUE;

  static Severity of(Verdict verdict) {
    if (verdict instanceof Verdict.Drop) {
      return DROP;
    } else if (verdict instanceof Verdict.Rcode) {
      return RCODE;
    } else if (verdict instanceof Verdict.Continue
        || verdict instanceof Verdict.ToPool
        || verdict instanceof Verdict.AskAgain) {
      return CONTINUE;
    }
    return ANSWER;
  }
}
