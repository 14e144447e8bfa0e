// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A question on its way through a pool: who waits for the answer, where it is in flight, which
 * server is next, and what to say in the end.
 *
 * <p>It goes round the servers as often as the pool has tries. A server that refuses it (SERVFAIL,
 * REFUSED, NOTIMP or what the operator has chosen) is not asked again: it has said its word;
 * further rounds are for the silent.
 *
 * <p>It may be in flight at several servers at once. An answer without records is then held back
 * for a while, in which one with records may come. In the wheel it hangs until that is over.
 */
final class Lookup extends DeadlineWheel.Entry {
  private final LookupKey key;
  private final WireQuery query;
  private final ServerSet servers;
  private final int rounds;
  private final List<PendingRequest> pendingRequests = new ArrayList<>(1);
  private final List<Exchange> exchanges = new ArrayList<>(1);
  private boolean begun;
  private long sinceNanos;
  private long deadlineNanos;
  private long asked;
  private long refused;
  private long inFlight;
  private int round;
  private boolean over;
  private @Nullable WireAnswer refusal;
  private @Nullable WireAnswer held;
  private @Nullable AnswerSource source;
  private int timeouts;
  private Unanswered.Reason reason;

  /** A lookup for which nobody waits yet and that has asked nobody. */
  Lookup(LookupKey key, WireQuery query, ServerSet servers, int rounds, long deadlineNanos) {
    this.key = key;
    this.query = query;
    this.servers = servers;
    this.rounds = rounds;
    this.deadlineNanos = deadlineNanos;
    boolean nobody = servers.all() == 0;
    this.reason = nobody ? Unanswered.Reason.NETWORK : Unanswered.Reason.OVERLOAD;
  }

  LookupKey key() {
    return key;
  }

  WireQuery query() {
    return query;
  }

  /** When the first one began to wait, on the pool's clock. */
  long sinceNanos() {
    return sinceNanos;
  }

  void join(PendingRequest pending, long deadline) {
    if (!begun) {
      begun = true;
      sinceNanos = pending.sinceNanos();
    }
    pendingRequests.add(pending);
    if (deadline - deadlineNanos > 0) {
      deadlineNanos = deadline;
    }
  }

  /** Takes one who waits away; true if nobody is left. */
  boolean leave(PendingRequest pending) {
    pendingRequests.remove(pending);
    return pendingRequests.isEmpty();
  }

  /** Those who wait; not to be changed, and of no use once the lookup has ended. */
  List<PendingRequest> pendingRequests() {
    return pendingRequests;
  }

  /** Of the one who waits longest. */
  long deadlineNanos() {
    return deadlineNanos;
  }

  /** Where it is in flight; not to be changed. */
  List<Exchange> exchanges() {
    return exchanges;
  }

  /** It is in flight at one more server. */
  void asked(Exchange exchange) {
    exchanges.add(exchange);
    inFlight |= bit(exchange);
  }

  /** A server has answered. */
  void ended(Exchange exchange) {
    exchanges.remove(exchange);
    inFlight &= ~bit(exchange);
  }

  private long bit(Exchange exchange) {
    return 1L << servers.numberOf(exchange.forwarder());
  }

  /** Nobody waits any more, so nobody is to be asked. */
  void end() {
    over = true;
  }

  boolean isOver() {
    return over;
  }

  /** How many rounds are over; the timeout grows with it. */
  int round() {
    return round;
  }

  /** The server to ask now; null when none is left, or for this round while it is in flight. */
  @Nullable Forwarder next() {
    long left = servers.all() & ~refused & ~inFlight & ~asked;
    if (left == 0 && inFlight == 0) {
      asked = 0;
      round++;
      left = servers.all() & ~refused;
    }
    if (left == 0 || round >= rounds) {
      return null;
    }
    int chosen = servers.choose(left, query);
    asked |= 1L << chosen;
    return servers.get(chosen);
  }

  /** Whether the server that {@link #next} gave is the last one that it gives. */
  boolean isLastTry() {
    return round + 1 >= rounds && (servers.all() & ~refused & ~asked) == 0;
  }

  /** An exchange has ended without an answer. */
  void failed(Exchange exchange, Unanswered.Reason why) {
    ended(exchange);
    reason = why;
    if (why == Unanswered.Reason.TIMEOUT) {
      timeouts++;
    }
  }

  /** The server has no room for it, or its time is up. */
  void failed(Unanswered.Reason why) {
    reason = why;
  }

  /** The answer of a server is the one to hand on. */
  void answered(Exchange exchange) {
    ended(exchange);
    source = exchange.source();
  }

  /** A server answered that it won't or can't answer. */
  void refused(Exchange exchange, WireAnswer answer) {
    ended(exchange);
    if (held == null) {
      source = exchange.source();
    }
    refusal = answer;
    refused |= bit(exchange);
  }

  /** Keeps an answer for when no better one comes; returns the first of all that were kept. */
  WireAnswer hold(Exchange exchange, WireAnswer answer) {
    ended(exchange);
    WireAnswer first = held;
    if (first == null) {
      first = answer;
      source = exchange.source();
    }
    held = first;
    return first;
  }

  /** The answer that has been kept. */
  @Nullable WireAnswer held() {
    return held;
  }

  /** What has been kept, or else the last refusal, once every server has refused. */
  @Nullable WireAnswer secondBest() {
    return held == null && refused == servers.all() ? refusal : held;
  }

  /** Where the last answer came from; null if there was none. */
  @Nullable AnswerSource source() {
    return source;
  }

  /** How many tries have timed out. */
  int timeouts() {
    return timeouts;
  }

  /** Why there is no answer. */
  Unanswered.Reason reason() {
    return reason;
  }
}
