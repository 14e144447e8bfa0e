// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.wire.WireAnswer;

/**
 * Tells answers to a forwarder's queries from whatever else comes in on its wires.
 *
 * <h2>What counts as an answer</h2>
 *
 * The socket is connected, so the kernel drops what is not from the server's address and port (RFC
 * 5452 section 9.1). Then QR, the id and the question must be those of a query in flight on that
 * socket and, over UDP, the case of the letters and the cookie what the {@link ServerCapabilities}
 * says. All else is counted by its reason and ignored; when that happens too often on a socket,
 * what is in flight there goes over TCP, where guessing does not help, and the socket is replaced.
 */
final class ResponseValidator {
  private static final int HEADER = 12;

  private final ServerCapabilities capabilities;
  private final Findings findings;
  private final Counters<Counter> counters;

  /** What came of a message; each that is not the answer has been counted. */
  interface Findings {
    void answer(Exchange exchange, WireAnswer answer, long nowNanos);

    /** The server has answered with an error and nothing else, not even the question. */
    void bareError(Exchange exchange, int rcode, long nowNanos);

    /** It was right but for something that a forger could not know. */
    void doubtful(Exchange exchange, Counter reason, long nowNanos);

    /** Somebody seems to guess at what is in flight on this socket. */
    void suspected(UdpSocket socket, long nowNanos);
  }

  ResponseValidator(
      ServerCapabilities capabilities, Findings findings, Counters<Counter> counters) {
    this.capabilities = capabilities;
    this.findings = findings;
    this.counters = counters;
  }

  /** Takes a message that came in on a wire. */
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
   * Some servers answer with an error that consists of the header alone: to all that has EDNS (RFC
   * 6891 section 7), or to all that they don't serve. That is no answer to hand on, but reason
   * enough to ask in another way, or elsewhere. From one that gives cookies it is a forgery.
   */
  private void receiveUnreadable(
      UpstreamSocket wire, Exchange exchange, byte[] message, long nowNanos) {
    if (WireAnswer.isBareError(message) && !capabilities.knowsEdns()) {
      findings.bareError(exchange, message[3] & 0xf, nowNanos);
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
