// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.upstream.EdnsLadder.Rung;
import io.anteroom.node.upstream.Fallbacks.Response;
import io.anteroom.node.wire.Rcodes;
import io.anteroom.node.wire.WireAnswer;

/**
 * Classifies an answer of one server as a {@link Response} and updates the {@link EdnsLadder} from
 * it. Confined to the thread of its forwarder.
 */
final class AnswerJudge {
  /**
   * After this many BADCOOKIE answers in a row to one exchange, it is sent over TCP without a
   * cookie.
   */
  private static final int MAX_BAD_COOKIES = 3;

  private final PoolSettings settings;
  private final EdnsLadder ladder;
  private final ServerCapabilities capabilities;

  AnswerJudge(PoolSettings settings, EdnsLadder ladder, ServerCapabilities capabilities) {
    this.settings = settings;
    this.ladder = ladder;
    this.capabilities = capabilities;
  }

  /** Classifies an answer that the {@link ResponseValidator} has matched to this exchange. */
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

  /** Classifies an error that consists of a header without a question. */
  Response judgeHeader(Exchange exchange, int rcode) {
    if (isComplaint(exchange, rcode, false)) {
      exchange.complain(rcode);
      return Response.NO_EDNS_ERROR;
    }
    return Response.HEADER_ONLY;
  }

  /** Whether the server's error may be caused by our OPT record rather than by the question. */
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

  /**
   * Whether the pool asks another server upon this RCODE. FORMERR counts as well if the server has
   * given an error to each EDNS variant that was tried.
   */
  private boolean isRefusal(Exchange exchange, int rcode) {
    boolean failsOver =
        settings.tries().failoverOn().contains(rcode)
            || (rcode == Rcodes.FORMERR && exchange.complaint() != 0);
    return failsOver && !settings.has(ChannelFlag.NO_CHECK_RESP);
  }
}
