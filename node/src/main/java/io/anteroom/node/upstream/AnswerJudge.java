// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.upstream.EdnsLadder.Rung;
import io.anteroom.node.wire.Rcodes;
import io.anteroom.node.wire.WireAnswer;
import org.jspecify.annotations.Nullable;

/**
 * Decides what follows from an answer of one server: whether it is the one to hand on, or the
 * server is asked in another way, or another server is asked. Confined to the thread of its
 * forwarder.
 */
final class AnswerJudge {
  /** Fresh cookies asked for in a row, after which TCP does without. */
  private static final int MAX_BAD_COOKIES = 3;

  private final PoolSettings settings;
  private final EdnsLadder ladder;
  private final Dialect dialect;

  /** What follows. */
  enum Step {
    /** It is handed on. */
    ANSWER(null),
    /** Another server is asked; if none is left, it is handed on. */
    REFUSAL(Counter.UPSTREAM_REFUSALS),
    /** The server is asked again with less of EDNS. */
    LESS_EDNS(Counter.UPSTREAM_EDNS_REFUSED),
    /** The server is asked again with the cookie that came with the answer. */
    FRESH_COOKIE(Counter.UPSTREAM_BAD_COOKIE),
    /** The server is asked over TCP, where it needs no cookie. */
    NO_COOKIE(Counter.UPSTREAM_BAD_COOKIE),
    /** The server is asked over TCP for the whole answer. */
    TRUNCATED(Counter.UPSTREAM_TRUNCATED),
    /** The server can't be talked to; what it says is for nobody but us. */
    FAILURE(null);

    private final @Nullable Counter counter;

    Step(@Nullable Counter counter) {
      this.counter = counter;
    }

    /** Counts answers that lead here; null for none. */
    @Nullable Counter counter() {
      return counter;
    }
  }

  AnswerJudge(PoolSettings settings, EdnsLadder ladder, Dialect dialect) {
    this.settings = settings;
    this.ladder = ladder;
    this.dialect = dialect;
  }

  /** Judges an answer that has been found to be one to this exchange. */
  Step judge(Exchange exchange, WireAnswer answer, boolean udp, long nowNanos) {
    int rcode = answer.rcode();
    Rung sent = exchange.message().rung();
    if (isComplaint(exchange, rcode, answer.hasEdns())) {
      exchange.stepDown(answer.hasEdns() ? sent.below() : Rung.NONE, rcode);
      return Step.LESS_EDNS;
    }
    learn(exchange, rcode, answer.hasEdns(), nowNanos);
    if (rcode == Rcodes.BADVERS) {
      return Step.FAILURE;
    } else if (rcode == Rcodes.BADCOOKIE) {
      return badCookie(exchange, udp);
    } else if (answer.truncated() && udp && !settings.has(ChannelFlag.IGNORE_TC)) {
      return Step.TRUNCATED;
    }
    return isRefusal(exchange, rcode) ? Step.REFUSAL : Step.ANSWER;
  }

  /** Whether the error may be about our OPT record rather than about the question. */
  boolean isComplaint(Exchange exchange, int rcode, boolean hasOpt) {
    Rung sent = exchange.message().rung();
    if (sent == Rung.NONE) {
      return false;
    }
    boolean mayBe = !ladder.isProven(sent) && !dialect.knowsEdns();
    return switch (rcode) {
      case Rcodes.FORMERR, Rcodes.BADVERS -> true;
      case Rcodes.NOTIMP -> !hasOpt || mayBe;
      case Rcodes.REFUSED -> hasOpt && mayBe;
      default -> false;
    };
  }

  private void learn(Exchange exchange, int rcode, boolean hasOpt, long nowNanos) {
    Rung sent = exchange.message().rung();
    boolean good = rcode == Rcodes.NOERROR || rcode == Rcodes.NXDOMAIN;
    if (exchange.complaint() == 0) {
      ladder.answered(sent, hasOpt, nowNanos);
    } else if (good) {
      ladder.settle(sent, nowNanos);
    } else if (rcode == exchange.complaint() && rcode != Rcodes.FORMERR) {
      ladder.acquitted();
    }
  }

  private static Step badCookie(Exchange exchange, boolean udp) {
    boolean again = exchange.message().cookie() != null && exchange.badCookie() < MAX_BAD_COOKIES;
    if (!udp) {
      return Step.FAILURE;
    }
    return again ? Step.FRESH_COOKIE : Step.NO_COOKIE;
  }

  /** FORMERR to everything that was tried is no last word either. */
  private boolean isRefusal(Exchange exchange, int rcode) {
    boolean failsOver =
        settings.tries().failoverOn().contains(rcode)
            || (rcode == Rcodes.FORMERR && exchange.complaint() != 0);
    return failsOver && !settings.has(ChannelFlag.NO_CHECK_RESP);
  }
}
