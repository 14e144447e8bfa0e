// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A question in flight in a pool: the requests that wait for it, the servers where it is in flight,
 * the next server to ask, and the best answer so far.
 *
 * <p>It goes round the servers as often as the pool has tries. A server that refuses it (SERVFAIL,
 * REFUSED, NOTIMP or the RCODEs that the operator has chosen) is not asked again; further rounds
 * are for servers that did not answer.
 *
 * <p>It may be in flight at several servers at once. An answer without records is then held back
 * for a while, because an answer with records may still arrive from another server. The lookup is
 * an entry of the wheel until that time is over.
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

  /** A lookup without pending requests, not in flight yet. */
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

  /** When the first pending request began to wait, in nanoseconds on the pool's clock. */
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

  /** Removes a pending request; true if none is left. */
  boolean leave(PendingRequest pending) {
    pendingRequests.remove(pending);
    return pendingRequests.isEmpty();
  }

  /**
   * The pending requests. Callers must not change the list, nor use it after the lookup has ended.
   */
  List<PendingRequest> pendingRequests() {
    return pendingRequests;
  }

  /** The latest deadline of its pending requests, in nanoseconds on the pool's clock. */
  long deadlineNanos() {
    return deadlineNanos;
  }

  /** Exchanges in flight. Callers must not change the list. */
  List<Exchange> exchanges() {
    return exchanges;
  }

  /** Adds an exchange that was sent. */
  void asked(Exchange exchange) {
    exchanges.add(exchange);
    inFlight |= bit(exchange);
  }

  /** Removes an exchange that has ended. */
  void ended(Exchange exchange) {
    exchanges.remove(exchange);
    inFlight &= ~bit(exchange);
  }

  private long bit(Exchange exchange) {
    return 1L << servers.numberOf(exchange.forwarder());
  }

  /** Marks it as ended, so that no further server is asked. */
  void end() {
    over = true;
  }

  boolean isOver() {
    return over;
  }

  /** Number of completed rounds; the timeout grows with it. */
  int round() {
    return round;
  }

  /**
   * Chooses the server to ask now. Returns null if none is left, or if none is left in this round
   * while the question is still in flight elsewhere.
   */
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

  /** Whether the server that {@link #next} returned last is the last one of this lookup. */
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

  /** Sets why there is no answer. */
  void failed(Unanswered.Reason why) {
    reason = why;
  }

  /** An exchange has ended with the answer of this lookup. */
  void answered(Exchange exchange) {
    ended(exchange);
    source = exchange.source();
  }

  /** An exchange has ended with a refusal: the server won't or can't answer. */
  void refused(Exchange exchange, WireAnswer answer) {
    ended(exchange);
    if (held == null) {
      source = exchange.source();
    }
    refusal = answer;
    refused |= bit(exchange);
  }

  /**
   * Holds an answer back in case a better one arrives. Returns the first of all answers held back.
   */
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

  /** The answer held back; null if there is none. */
  @Nullable WireAnswer held() {
    return held;
  }

  /** The answer held back; without one the last refusal, if every server has refused; else null. */
  @Nullable WireAnswer secondBest() {
    return held == null && refused == servers.all() ? refusal : held;
  }

  /**
   * Where the answer came from, or the last refusal if there is no answer; null if there is
   * neither.
   */
  @Nullable AnswerSource source() {
    return source;
  }

  /** Number of tries that have timed out. */
  int timeouts() {
    return timeouts;
  }

  /** Why there is no answer. */
  Unanswered.Reason reason() {
    return reason;
  }
}
