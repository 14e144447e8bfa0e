// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.Transport;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Lookup} at one server: the message that was sent, and the wire on which its answer must
 * come. It may be sent again to that server: over TCP, without EDNS, on a new connection.
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
  private long sentNanos;
  private Transport transport = Transport.UDP;

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

  /** Takes a place on a wire, under an id there, with a message made for it. */
  void assign(UpstreamSocket to, int newId, ServerCapabilities.Message newMessage, long nowNanos) {
    wire = to;
    transport = to instanceof TcpConnection ? Transport.TCP : Transport.UDP;
    id = newId;
    message = newMessage;
    sentNanos = nowNanos;
  }

  /** The wire it is on; null between two of them. */
  @Nullable UpstreamSocket wire() {
    return wire;
  }

  void leaveWire() {
    wire = null;
  }

  /** Nobody waits for it any more, or has been told what came of it. */
  void end() {
    over = true;
  }

  boolean isOver() {
    return over;
  }

  /** Where it went last. */
  AnswerSource source() {
    return new AnswerSource(forwarder.server().address(), transport);
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

  /** The offset behind the question, which is the same in the client's query and in ours. */
  int questionEnd() {
    return query().questionEnd();
  }

  /** With how much of EDNS it is to be asked at most. */
  EdnsLadder.Rung rung() {
    return rung;
  }

  /** It is to be asked with no more of EDNS than this from now on. */
  void stepDown(EdnsLadder.Rung lower) {
    rung = lower;
  }

  /** The server has answered with an error that may be about our OPT record. */
  void complain(int rcode) {
    complaint = rcode;
  }

  /** The last such error; 0 if there was none. */
  int complaint() {
    return complaint;
  }

  /** An answer came over UDP that was right but for something that a forger could not know. */
  void doubt(Counter reason) {
    if (doubt == null) {
      doubt = reason;
    }
    doubts++;
  }

  /** How many such answers came. */
  int doubts() {
    return doubts;
  }

  boolean isInDoubt() {
    return doubt != null;
  }

  boolean caseInDoubt() {
    return doubt == Counter.UPSTREAM_MISMATCH_CASE;
  }

  /** The server wants a fresh cookie; says how often it has. */
  int badCookie() {
    return ++badCookies;
  }

  /** Whether this is the second connection that this exchange would need. */
  boolean movedBefore() {
    boolean before = moved;
    moved = true;
    return before;
  }
}
