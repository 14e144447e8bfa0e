// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static io.anteroom.node.flow.Counter.UPSTREAM_BAD_COOKIE;
import static io.anteroom.node.flow.Counter.UPSTREAM_DOUBTED;
import static io.anteroom.node.flow.Counter.UPSTREAM_EDNS_REFUSED;
import static io.anteroom.node.flow.Counter.UPSTREAM_REFUSALS;
import static io.anteroom.node.flow.Counter.UPSTREAM_STREAMS_FAILED;
import static io.anteroom.node.flow.Counter.UPSTREAM_TRUNCATED;
import static io.anteroom.node.upstream.Fallbacks.Step.AGAIN;
import static io.anteroom.node.upstream.Fallbacks.Step.ANY_CASE;
import static io.anteroom.node.upstream.Fallbacks.Step.ELSEWHERE;
import static io.anteroom.node.upstream.Fallbacks.Step.GIVE_UP;
import static io.anteroom.node.upstream.Fallbacks.Step.HAND_ON;
import static io.anteroom.node.upstream.Fallbacks.Step.LESS_EDNS;
import static io.anteroom.node.upstream.Fallbacks.Step.NEVER;
import static io.anteroom.node.upstream.Fallbacks.Step.NO_EDNS;
import static io.anteroom.node.upstream.Fallbacks.Step.RECONNECT;
import static io.anteroom.node.upstream.Fallbacks.Step.TCP;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.upstream.EdnsLadder.Rung;
import org.jspecify.annotations.Nullable;

/**
 * Decision table of the fallbacks for one server, applied when an attempt brings no usable answer.
 * The row is the {@link Response}, the column is the {@link Attempt} (how the query was sent), and
 * the cell is the {@link Step} to take next. {@link AnswerJudge}, {@link ResponseHandler} and
 * {@link Forwarder} determine the response; the {@link ResponseHandler} takes the step.
 *
 * <p>The table has no memory. Limits are part of the responses: the third stale cookie in a row is
 * {@link Response#COOKIE_DEMANDED}, and the second lost connection is {@link Response#UNREACHABLE}.
 */
final class Fallbacks {
  private Fallbacks() {}

  /** How a query was sent. */
  enum Attempt {
    /** Over UDP, with an OPT record that has a COOKIE option, a CLIENT-SUBNET option, or both. */
    UDP_OPTIONS(true, Rung.OPTIONS),
    /** Over UDP, with an OPT record without options. */
    UDP_EDNS(true, Rung.BARE),
    /** Over UDP, without an OPT record. */
    UDP_PLAIN(true, Rung.NONE),
    /** Over TCP, with an OPT record that has a CLIENT-SUBNET or PADDING option, but no cookie. */
    TCP_OPTIONS(false, Rung.OPTIONS),
    /** Over TCP, with an OPT record without options. */
    TCP_EDNS(false, Rung.BARE),
    /** Over TCP, without an OPT record. */
    TCP_PLAIN(false, Rung.NONE);

    private final boolean udp;
    private final Rung rung;

    Attempt(boolean udp, Rung rung) {
      this.udp = udp;
      this.rung = rung;
    }

    static Attempt of(boolean udp, Rung rung) {
      return switch (rung) {
        case OPTIONS -> udp ? UDP_OPTIONS : TCP_OPTIONS;
        case BARE -> udp ? UDP_EDNS : TCP_EDNS;
        case NONE -> udp ? UDP_PLAIN : TCP_PLAIN;
      };
    }

    boolean udp() {
      return udp;
    }

    /** How much of EDNS the query used. */
    Rung rung() {
      return rung;
    }
  }

  /**
   * Result of an attempt. The columns are the attempts: over UDP with options, with an OPT record
   * without options, without an OPT record; then the same over TCP. A response with a counter
   * increments it.
   */
  enum Response {
    /** An answer that can be sent to clients. */
    ANSWER(HAND_ON, HAND_ON, HAND_ON, HAND_ON, HAND_ON, HAND_ON),

    /** An answer with an RCODE upon which the pool asks another server. */
    REFUSAL(ELSEWHERE, ELSEWHERE, ELSEWHERE, ELSEWHERE, ELSEWHERE, ELSEWHERE, UPSTREAM_REFUSALS),

    /** An error that consists of a header only, which can't be sent to clients. */
    HEADER_ONLY(
        ELSEWHERE, ELSEWHERE, ELSEWHERE, ELSEWHERE, ELSEWHERE, ELSEWHERE, UPSTREAM_REFUSALS),

    /** A truncated answer (TC bit) over UDP. */
    TRUNCATED(TCP, TCP, TCP, NEVER, NEVER, NEVER, UPSTREAM_TRUNCATED),

    /**
     * An error with an OPT record, such as FORMERR or BADVERS, that may be caused by our OPT
     * record.
     */
    EDNS_ERROR(LESS_EDNS, LESS_EDNS, NEVER, LESS_EDNS, LESS_EDNS, NEVER, UPSTREAM_EDNS_REFUSED),

    /** Such an error, or NOTIMP, without an OPT record: the server does not support EDNS. */
    NO_EDNS_ERROR(NO_EDNS, NO_EDNS, NEVER, NO_EDNS, NO_EDNS, NEVER, UPSTREAM_EDNS_REFUSED),

    /** BADCOOKIE with a fresh cookie, to a query with a cookie; not yet the third in a row. */
    STALE_COOKIE(AGAIN, NEVER, NEVER, NEVER, NEVER, NEVER, UPSTREAM_BAD_COOKIE),

    /** BADCOOKIE over UDP, to a query without a cookie or for the third time. */
    COOKIE_DEMANDED(TCP, TCP, TCP, NEVER, NEVER, NEVER, UPSTREAM_BAD_COOKIE),

    /** An error that makes no sense here: BADVERS without EDNS, or BADCOOKIE over TCP. */
    ABSURD(NEVER, NEVER, GIVE_UP, GIVE_UP, GIVE_UP, GIVE_UP),

    /** Only answers that may be forged, with QNAME in another case or with a wrong cookie. */
    DOUBTED(TCP, TCP, TCP, NEVER, NEVER, NEVER, UPSTREAM_DOUBTED),

    /**
     * Only answers with QNAME in another case, from a server that is by now known not to keep the
     * case.
     */
    CASE_KNOWN(AGAIN, AGAIN, AGAIN, NEVER, NEVER, NEVER),

    /** No answer over TCP, where an answer with QNAME in another case was to be confirmed. */
    CASE_UNCONFIRMED(NEVER, NEVER, NEVER, ANY_CASE, ANY_CASE, ANY_CASE),

    /** Too many wrong answers on the socket: somebody may be guessing (RFC 5452 section 9.3). */
    GUESSED_AT(TCP, TCP, TCP, NEVER, NEVER, NEVER),

    /** No answer before the timeout. */
    SILENCE(GIVE_UP, GIVE_UP, GIVE_UP, GIVE_UP, GIVE_UP, GIVE_UP),

    /** The connection ended, for the first time with this query in flight on it. */
    DISCONNECTED(NEVER, NEVER, NEVER, RECONNECT, RECONNECT, RECONNECT),

    /** A stream that ended without a DNS message, or with a wrong one; see {@link HttpsStreams}. */
    NO_MESSAGE(NEVER, NEVER, NEVER, GIVE_UP, GIVE_UP, GIVE_UP, UPSTREAM_STREAMS_FAILED),

    /** An ICMP error, a connection that could not be opened, or the second one that ended. */
    UNREACHABLE(GIVE_UP, GIVE_UP, GIVE_UP, GIVE_UP, GIVE_UP, GIVE_UP);

    /** Steps by ordinal of the attempt; never changed. */
    @SuppressWarnings("ImmutableEnumChecker")
    private final Step[] steps;

    private final @Nullable Counter counter;

    Response(Step udp1, Step udp2, Step udp3, Step tcp1, Step tcp2, Step tcp3) {
      this(udp1, udp2, udp3, tcp1, tcp2, tcp3, null);
    }

    Response(
        Step udpOptions,
        Step udpEdns,
        Step udpPlain,
        Step tcpOptions,
        Step tcpEdns,
        Step tcpPlain,
        @Nullable Counter counter) {
      this.steps = new Step[] {udpOptions, udpEdns, udpPlain, tcpOptions, tcpEdns, tcpPlain};
      this.counter = counter;
    }

    /** The step after this response to that attempt. */
    Step after(Attempt attempt) {
      return steps[attempt.ordinal()];
    }

    /** The counter of this response; null if it is counted elsewhere or not at all. */
    @Nullable Counter counter() {
      return counter;
    }
  }

  /**
   * The next step. Only {@link #ELSEWHERE} and {@link #GIVE_UP} use up the pool's try at this
   * server.
   */
  enum Step {
    /** The answer is passed to the lookup. */
    HAND_ON,
    /** Another server is asked. If none is left, this answer is used, if there is one. */
    ELSEWHERE,
    /**
     * The same server is asked again, with what has been learned about it. This step and the next
     * three start over UDP again, unless the pool or the server uses only TCP.
     */
    AGAIN,
    /** The server is asked again without options, or if there were none, without an OPT record. */
    LESS_EDNS,
    /** The server is asked again without an OPT record. */
    NO_EDNS,
    /**
     * The server is asked again with QNAME as the client wrote it, and all queries for an hour are
     * sent like that.
     */
    ANY_CASE,
    /** The server is asked over TCP. */
    TCP,
    /** The server is asked on a new connection, within the time left for this exchange. */
    RECONNECT,
    /** The server has failed. The pool decides which server is asked next. */
    GIVE_UP,
    /** Cannot occur: after this attempt, what happened is classified as another response. */
    NEVER
  }
}
