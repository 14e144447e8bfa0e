// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static io.anteroom.node.flow.Counter.UPSTREAM_BAD_COOKIE;
import static io.anteroom.node.flow.Counter.UPSTREAM_DOUBTED;
import static io.anteroom.node.flow.Counter.UPSTREAM_EDNS_REFUSED;
import static io.anteroom.node.flow.Counter.UPSTREAM_REFUSALS;
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
 * How one server is asked in another way when the first way brings no usable answer, as a table.
 * {@link Attempt} says how a query was sent, {@link Response} what came of it; in the cell where
 * the two meet stands the {@link Step} that follows. {@link AnswerJudge} and {@link Forwarder} tell
 * which response it is, and the forwarder takes the step.
 *
 * <p>The table has no memory. Limits are part of the responses: the third stale cookie in a row is
 * {@link Response#COOKIE_DEMANDED}, the second connection that ends is {@link
 * Response#UNREACHABLE}.
 */
final class Fallbacks {
  private Fallbacks() {}

  /** How a query was sent. */
  enum Attempt {
    /** Over UDP, with an OPT record that holds a cookie, a client's subnet, or both. */
    UDP_OPTIONS(true, Rung.OPTIONS),
    /** Over UDP, with an empty OPT record. */
    UDP_EDNS(true, Rung.BARE),
    /** Over UDP, without an OPT record. */
    UDP_PLAIN(true, Rung.NONE),
    /** Over TCP, with an OPT record that holds a client's subnet; never with a cookie. */
    TCP_OPTIONS(false, Rung.OPTIONS),
    /** Over TCP, with an empty OPT record. */
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

    /** How much of EDNS there was in it. */
    Rung rung() {
      return rung;
    }
  }

  /**
   * What came of an attempt. The columns are the attempts: over UDP with options, with an empty OPT
   * record, without one; then the same over TCP. A response with a counter is counted there.
   */
  enum Response {
    /** An answer that clients may have. */
    ANSWER(HAND_ON, HAND_ON, HAND_ON, HAND_ON, HAND_ON, HAND_ON),

    /** An answer with an RCODE on which the pool asks another server. */
    REFUSAL(ELSEWHERE, ELSEWHERE, ELSEWHERE, ELSEWHERE, ELSEWHERE, ELSEWHERE, UPSTREAM_REFUSALS),

    /** A header with an error and nothing behind it, which is no answer that clients could have. */
    HEADER_ONLY(
        ELSEWHERE, ELSEWHERE, ELSEWHERE, ELSEWHERE, ELSEWHERE, ELSEWHERE, UPSTREAM_REFUSALS),

    /** An answer that did not fit into a datagram. */
    TRUNCATED(TCP, TCP, TCP, NEVER, NEVER, NEVER, UPSTREAM_TRUNCATED),

    /** An error with an OPT record that may be about ours: FORMERR, BADVERS and such. */
    EDNS_ERROR(LESS_EDNS, LESS_EDNS, NEVER, LESS_EDNS, LESS_EDNS, NEVER, UPSTREAM_EDNS_REFUSED),

    /** Such an error, or NOTIMP, without an OPT record: from a server that has no EDNS. */
    NO_EDNS_ERROR(NO_EDNS, NO_EDNS, NEVER, NO_EDNS, NO_EDNS, NEVER, UPSTREAM_EDNS_REFUSED),

    /** BADCOOKIE to a cookie, with a fresh one; it is not the third in a row. */
    STALE_COOKIE(AGAIN, NEVER, NEVER, NEVER, NEVER, NEVER, UPSTREAM_BAD_COOKIE),

    /** BADCOOKIE over UDP to a query without a cookie, or for the third time. */
    COOKIE_DEMANDED(TCP, TCP, TCP, NEVER, NEVER, NEVER, UPSTREAM_BAD_COOKIE),

    /** An error that makes no sense there: BADVERS without EDNS, BADCOOKIE over TCP. */
    ABSURD(NEVER, NEVER, GIVE_UP, GIVE_UP, GIVE_UP, GIVE_UP),

    /** Only answers that may be forged: with letters in the wrong case, or a wrong cookie. */
    DOUBTED(TCP, TCP, TCP, NEVER, NEVER, NEVER, UPSTREAM_DOUBTED),

    /** Only answers in the wrong case, from a server that meanwhile is known to break it. */
    CASE_KNOWN(AGAIN, AGAIN, AGAIN, NEVER, NEVER, NEVER),

    /** Nothing over TCP, where an answer in the wrong case was to be confirmed. */
    CASE_UNCONFIRMED(NEVER, NEVER, NEVER, ANY_CASE, ANY_CASE, ANY_CASE),

    /** Wrong answers on the socket, so many that somebody seems to guess. */
    GUESSED_AT(TCP, TCP, TCP, NEVER, NEVER, NEVER),

    /** Nothing in time. */
    SILENCE(GIVE_UP, GIVE_UP, GIVE_UP, GIVE_UP, GIVE_UP, GIVE_UP),

    /** The connection ended, for the first time with this query on it. */
    DISCONNECTED(NEVER, NEVER, NEVER, RECONNECT, RECONNECT, RECONNECT),

    /** An ICMP error, a connection that never opened, or a second one that ended. */
    UNREACHABLE(GIVE_UP, GIVE_UP, GIVE_UP, GIVE_UP, GIVE_UP, GIVE_UP);

    /** By attempt; never changed. */
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

    /** What is done when this came of that attempt. */
    Step after(Attempt attempt) {
      return steps[attempt.ordinal()];
    }

    /** Counts it; null if it is counted elsewhere, or not at all. */
    @Nullable Counter counter() {
      return counter;
    }
  }

  /**
   * What is done next. Only {@link #ELSEWHERE} and {@link #GIVE_UP} use up the pool's try at this
   * server.
   */
  enum Step {
    /** The answer is handed on. */
    HAND_ON,
    /** Another server is asked; if none is left, the answer is handed on, if there is one. */
    ELSEWHERE,
    /**
     * The same server is asked again, with what has been learned of it. This and the next three
     * begin over UDP again, unless the pool or the server is for TCP only.
     */
    AGAIN,
    /** It is asked again without options, or if there were none, without an OPT record. */
    LESS_EDNS,
    /** It is asked again without an OPT record. */
    NO_EDNS,
    /** It is asked again with the letters as the client wrote them, as are all for an hour. */
    ANY_CASE,
    /** It is asked over TCP. */
    TCP,
    /** It is asked on a new connection, in what is left of the time. */
    RECONNECT,
    /** The server has failed. The pool decides who is asked next. */
    GIVE_UP,
    /** The response is read as another one in this attempt. */
    NEVER
  }
}
