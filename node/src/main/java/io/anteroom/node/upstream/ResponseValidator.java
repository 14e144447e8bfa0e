// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.wire.WireAnswer;

/**
 * Accepts only messages that answer a query in flight on one of the forwarder's sockets, and counts
 * the others.
 *
 * <h2>What counts as an answer</h2>
 *
 * The socket is connected, so the kernel drops packets that are not from the server's address and
 * port (RFC 5452 section 9.1). Then QR must be set, the message id and the question must be those
 * of a query in flight on that socket, and over UDP the case of QNAME and the cookie must be as the
 * {@link ServerCapabilities} require. All other messages are ignored and counted by reason. If
 * there are too many of them on a UDP socket, its queries are sent again over TCP, where off-path
 * guessing does not help, and the socket is replaced.
 */
final class ResponseValidator {
  private static final int HEADER = 12;

  private final ServerCapabilities capabilities;
  private final Findings findings;
  private final Counters<Counter> counters;

  /** Results of the validation. Each message that is not the answer has been counted. */
  interface Findings {
    void answer(Exchange exchange, WireAnswer answer, long nowNanos);

    /** The server has answered with an error that consists of a header without the question. */
    void bareError(Exchange exchange, int rcode, long nowNanos);

    /**
     * The answer matches except for something that a forger can't know: the random case of QNAME or
     * the cookie.
     */
    void doubtful(Exchange exchange, Counter reason, long nowNanos);

    /** The one message on the stream of a query is not its answer. */
    void wrongOnStream(Exchange exchange, Counter reason, long nowNanos);

    /** Too many wrong answers on this socket: somebody may be guessing (RFC 5452 section 9.3). */
    void suspected(UdpSocket socket, long nowNanos);
  }

  ResponseValidator(
      ServerCapabilities capabilities, Findings findings, Counters<Counter> counters) {
    this.capabilities = capabilities;
    this.findings = findings;
    this.counters = counters;
  }

  /** Validates a message that arrived on a socket. */
  void receive(UpstreamSocket wire, byte[] message, long nowNanos) {
    if (wire.isClosed()) {
      counters.increment(Counter.UPSTREAM_LATE);
      return;
    }
    if (message.length < HEADER || (message[2] & 0x80) == 0) {
      drop(wire, Counter.UPSTREAM_UNREADABLE, nowNanos);
      return;
    }
    int id = ((message[0] & 0xff) << 8) | (message[1] & 0xff);
    Exchange exchange = wire.find(id);
    if (exchange == null) {
      dropUnknown(wire, id, nowNanos);
      return;
    }
    WireAnswer answer = WireAnswer.parse(message);
    if (answer == null) {
      receiveUnreadable(wire, exchange, message, nowNanos);
      return;
    }
    Counter flaw = capabilities.flaw(exchange, answer, wire instanceof UdpSocket, nowNanos);
    if (flaw == null) {
      findings.answer(exchange, answer, nowNanos);
      return;
    }
    if (wire instanceof StreamConnection) {
      counters.increment(flaw);
      findings.wrongOnStream(exchange, flaw, nowNanos);
      return;
    }
    if (flaw != Counter.UPSTREAM_MISMATCH_QUESTION) {
      findings.doubtful(exchange, flaw, nowNanos);
    }
    drop(wire, flaw, nowNanos);
  }

  private void dropUnknown(UpstreamSocket wire, int id, long nowNanos) {
    if (!wire.ids().isTaken(id)) {
      drop(wire, Counter.UPSTREAM_MISMATCH_ID, nowNanos);
      return;
    }
    counters.increment(Counter.UPSTREAM_LATE);
    if (wire instanceof TcpConnection) {
      wire.ids().release(id);
    }
  }

  /**
   * Some servers answer with an error that consists of the header alone: to all queries with EDNS
   * (RFC 6891 section 7), or for all zones that they don't serve. Such a message can't be passed
   * on, but is a reason to ask in another way, or another server. It is rejected as a forgery if
   * the server is known to send cookies.
   */
  private void receiveUnreadable(
      UpstreamSocket wire, Exchange exchange, byte[] message, long nowNanos) {
    if (WireAnswer.isBareError(message) && !capabilities.knowsEdns()) {
      findings.bareError(exchange, message[3] & 0xf, nowNanos);
    } else if (wire instanceof StreamConnection) {
      counters.increment(Counter.UPSTREAM_UNREADABLE);
      findings.wrongOnStream(exchange, Counter.UPSTREAM_UNREADABLE, nowNanos);
    } else {
      drop(wire, Counter.UPSTREAM_UNREADABLE, nowNanos);
    }
  }

  private void drop(UpstreamSocket wire, Counter reason, long nowNanos) {
    counters.increment(reason);
    if (wire instanceof UdpSocket udp && udp.suspect()) {
      counters.increment(Counter.UPSTREAM_SUSPECTED);
      findings.suspected(udp, nowNanos);
    }
  }
}
