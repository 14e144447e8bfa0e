// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.protocol.Decision;
import io.anteroom.protocol.Verdict;

/**
 * Kinds of votes by their effect on the client, most severe first. Votes of one kind are equally
 * severe.
 */
public enum Severity {
  /** No answer. */
  DROP,
  /** An answer that is only an RCODE. */
  RCODE,
  /** A changed answer: addresses, a whole message, TC, or the answer of another name. */
  ANSWER,
  /** The query continues, optionally with another pool, or starts again. */
  CONTINUE;

  private static final Of OF = new Of();

  public static Severity of(Verdict verdict) {
    return verdict.decision().accept(OF, verdict);
  }

  private static final class Of implements Decision.Visitor<Verdict, Severity> {
    @Override
    public Severity onContinue(Verdict verdict) {
      return CONTINUE;
    }

    @Override
    public Severity onRcode(Decision.Rcode rcode, Verdict verdict) {
      return RCODE;
    }

    @Override
    public Severity onAddresses(Decision.Addresses addresses, Verdict verdict) {
      return ANSWER;
    }

    @Override
    public Severity onAnswer(Decision.Answer answer, Verdict verdict) {
      return ANSWER;
    }

    @Override
    public Severity onTruncate(Verdict verdict) {
      return ANSWER;
    }

    @Override
    public Severity onDrop(Verdict verdict) {
      return DROP;
    }

    @Override
    public Severity onChangeName(Decision.ChangeName changeName, Verdict verdict) {
      return ANSWER;
    }

    @Override
    public Severity onToPool(Decision.ToPool toPool, Verdict verdict) {
      return CONTINUE;
    }

    @Override
    public Severity onAskAgain(Verdict verdict) {
      return CONTINUE;
    }

    /** Never a vote, because filter routers end it; it would change nothing. */
    @Override
    public Severity onUndecided(Verdict verdict) {
      return CONTINUE;
    }

    /** Never a vote, because no member of a group is an operation; the policy decides. */
    @Override
    public Severity onResult(Decision.Result result, Verdict verdict) {
      return CONTINUE;
    }
  }
}
