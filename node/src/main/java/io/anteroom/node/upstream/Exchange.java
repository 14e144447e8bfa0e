// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.wire.WireQuery;
import org.jspecify.annotations.Nullable;

/**
 * One {@link Lookup} at one server: the message that was sent, and the socket on which its answer
 * must arrive. It may be sent to that server again: over TCP, with less of EDNS, or on a new
 * connection.
 */
final class Exchange extends DeadlineWheel.Entry {
  private final Lookup lookup;
  private final Forwarder forwarder;
  private final long timeoutNanos;
  private ServerCapabilities.Message message = ServerCapabilities.Message.NONE;
  private int id;
  private @Nullable UpstreamSocket wire;
  private EdnsLadder.Rung rung;
  private int complaint;
  private @Nullable Counter doubt;
  private int doubts;
  private int badCookies;
  private boolean moved;
  private boolean over;
  private boolean udp;
  private long sentNanos;

  Exchange(Lookup lookup, Forwarder forwarder, long timeoutNanos, EdnsLadder.Rung rung) {
    this.lookup = lookup;
    this.forwarder = forwarder;
    this.timeoutNanos = timeoutNanos;
    this.rung = rung;
  }

  Lookup lookup() {
    return lookup;
  }

  Forwarder forwarder() {
    return forwarder;
  }

  long timeoutNanos() {
    return timeoutNanos;
  }

  /** Puts the exchange on a socket, with a message id of that socket and the message to send. */
  void assign(UpstreamSocket to, int newId, ServerCapabilities.Message newMessage, long nowNanos) {
    wire = to;
    udp = to instanceof UdpSocket;
    id = newId;
    message = newMessage;
    sentNanos = nowNanos;
  }

  /** The socket it is on; null while it is between two sockets. */
  @Nullable UpstreamSocket wire() {
    return wire;
  }

  void leaveSocket() {
    wire = null;
  }

  /** Marks it as ended: its result has been reported, or no one waits for it any more. */
  void end() {
    over = true;
  }

  boolean isOver() {
    return over;
  }

  /** The server, and the transport over which it was last sent. */
  AnswerSource source() {
    return AnswerSource.of(forwarder.server(), udp);
  }

  int id() {
    return id;
  }

  long sentNanos() {
    return sentNanos;
  }

  /** The message as sent. */
  ServerCapabilities.Message message() {
    return message;
  }

  WireQuery query() {
    return lookup.query();
  }

  /** Offset of the end of the question, which is the same in the client's query and in ours. */
  int questionEnd() {
    return query().questionEnd();
  }

  /** How much of EDNS it may use at most. */
  EdnsLadder.Rung rung() {
    return rung;
  }

  /** Limits EDNS to this rung from now on. */
  void stepDown(EdnsLadder.Rung lower) {
    rung = lower;
  }

  /** Remembers an error that may be caused by our OPT record. */
  void complain(int rcode) {
    complaint = rcode;
  }

  /** RCODE of the last such error; 0 if there was none. */
  int complaint() {
    return complaint;
  }

  /**
   * Counts an answer over UDP that matches except for something that a forger can't know: the
   * random case of QNAME or the cookie.
   */
  void doubt(Counter reason) {
    if (doubt == null) {
      doubt = reason;
    }
    doubts++;
  }

  /** Number of such answers. */
  int doubts() {
    return doubts;
  }

  boolean isInDoubt() {
    return doubt != null;
  }

  boolean caseInDoubt() {
    return doubt == Counter.UPSTREAM_MISMATCH_CASE;
  }

  /** Counts a BADCOOKIE answer; returns the number of them so far. */
  int badCookie() {
    return ++badCookies;
  }

  /** Whether the exchange was moved to a new connection before. Remembers that it is moved now. */
  boolean movedBefore() {
    boolean before = moved;
    moved = true;
    return before;
  }
}
