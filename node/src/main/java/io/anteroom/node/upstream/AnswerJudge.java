// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.upstream.EdnsLadder.Rung;
import io.anteroom.node.upstream.Fallbacks.Response;
import io.anteroom.node.wire.Rcodes;
import io.anteroom.node.wire.WireAnswer;

/**
 * Tells which {@link Response} an answer of one server is, and has the {@link EdnsLadder} learn
 * from it. Confined to the thread of its forwarder.
 */
final class AnswerJudge {
  /** Fresh cookies asked for in a row, after which TCP does without. */
  private static final int MAX_BAD_COOKIES = 3;

  private final PoolSettings settings;
  private final EdnsLadder ladder;
  private final ServerCapabilities capabilities;

  AnswerJudge(PoolSettings settings, EdnsLadder ladder, ServerCapabilities capabilities) {
    this.settings = settings;
    this.ladder = ladder;
    this.capabilities = capabilities;
  }

  /** Judges an answer that has been found to be one to this exchange. */
  Response judge(Exchange exchange, WireAnswer answer, long nowNanos) {
    int rcode = answer.rcode();
    boolean udp = exchange.message().attempt().udp();
    if (isComplaint(exchange, rcode, answer.hasEdns())) {
      exchange.complain(rcode);
      return answer.hasEdns() ? Response.EDNS_ERROR : Response.NO_EDNS_ERROR;
    }
    learn(exchange, rcode, answer.hasEdns(), nowNanos);
    if (rcode == Rcodes.BADVERS) {
      return Response.ABSURD;
    } else if (rcode == Rcodes.BADCOOKIE) {
      return badCookie(exchange, udp);
    } else if (answer.truncated() && udp && !settings.has(ChannelFlag.IGNORE_TC)) {
      return Response.TRUNCATED;
    }
    return isRefusal(exchange, rcode) ? Response.REFUSAL : Response.ANSWER;
  }

  /** Judges an error without a question, which came in the place of an answer. */
  Response judgeHeader(Exchange exchange, int rcode) {
    if (isComplaint(exchange, rcode, false)) {
      exchange.complain(rcode);
      return Response.NO_EDNS_ERROR;
    }
    return Response.HEADER_ONLY;
  }

  /** Whether the error may be about our OPT record rather than about the question. */
  private boolean isComplaint(Exchange exchange, int rcode, boolean hasOpt) {
    Rung sent = exchange.message().rung();
    if (sent == Rung.NONE) {
      return false;
    }
    boolean mayBe = !ladder.isProven(sent) && !capabilities.knowsEdns();
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

  private static Response badCookie(Exchange exchange, boolean udp) {
    if (!udp) {
      return Response.ABSURD;
    }
    boolean again = exchange.message().cookie() != null && exchange.badCookie() < MAX_BAD_COOKIES;
    return again ? Response.STALE_COOKIE : Response.COOKIE_DEMANDED;
  }

  /** FORMERR to everything that was tried is no last word either. */
  private boolean isRefusal(Exchange exchange, int rcode) {
    boolean failsOver =
        settings.tries().failoverOn().contains(rcode)
            || (rcode == Rcodes.FORMERR && exchange.complaint() != 0);
    return failsOver && !settings.has(ChannelFlag.NO_CHECK_RESP);
  }
}
