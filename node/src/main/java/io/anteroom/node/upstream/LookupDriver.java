// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.ChoiceSettings;
import io.anteroom.node.config.ServerPolicy;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.wire.WireAnswer;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Drives lookups from one server to the next until they end, and calls their pending requests. The
 * {@link Forwarder}s report results to it. Confined to the thread of its pool.
 */
final class LookupDriver implements Forwarder.Owner {
  private final PendingLookups pending;
  private final DeadlineWheel wheel;
  private final LongSupplier clock;
  private final Counters<Counter> counters;
  private final Consumer<UpstreamSocket> flushes;

  /** Number of servers asked at once. */
  private final int width;

  /** Nanoseconds for which an answer without records is held back for one with records. */
  private final long graceNanos;

  LookupDriver(
      PendingLookups pending,
      ChoiceSettings choice,
      DeadlineWheel wheel,
      LongSupplier clock,
      Counters<Counter> counters,
      Consumer<UpstreamSocket> flushes) {
    this.pending = pending;
    this.wheel = wheel;
    this.clock = clock;
    this.counters = counters;
    this.flushes = flushes;
    this.width = choice.policy() == ServerPolicy.PARALLEL ? choice.width() : 1;
    this.graceNanos = choice.grace().toNanos();
  }

  /**
   * Ends a pending request at its deadline, with the answer that has been held back, if there is
   * one.
   */
  void expire(PendingRequest pendingRequest, long now) {
    Lookup lookup = pendingRequest.lookup();
    WireAnswer held = lookup == null ? null : lookup.held();
    leave(pendingRequest, now);
    if (held == null) {
      end(pendingRequest, Unanswered.Reason.TIMEOUT);
    } else {
      pendingRequest.answered(held);
    }
  }

  /**
   * Removes a pending request without calling it. A lookup without pending requests is abandoned.
   */
  void leave(PendingRequest pendingRequest, long now) {
    Lookup lookup = pendingRequest.lookup();
    if (lookup == null) {
      return;
    }
    pending.forget(pendingRequest);
    if (lookup.leave(pendingRequest)) {
      pending.over(lookup);
      abandon(lookup, now);
    }
  }

  private static void abandon(Lookup lookup, long now) {
    for (Exchange exchange : List.copyOf(lookup.exchanges())) {
      exchange.forwarder().abandon(exchange, now);
    }
  }

  /**
   * Asks the next servers that have room for a query. Ends the lookup if it is in flight nowhere.
   */
  void askNext(Lookup lookup, long now) {
    if (lookup.deadlineNanos() - now <= 0) {
      lookup.failed(Unanswered.Reason.TIMEOUT);
      finish(lookup, lookup.held());
      return;
    }
    while (lookup.exchanges().size() < width && lookup.held() == null && !lookup.isOver()) {
      Forwarder server = lookup.next();
      if (server == null) {
        break;
      }
      ask(server, lookup, server.timeoutNanos(lookup.round(), lookup.isLastTry(), now), now);
    }
    if (lookup.exchanges().isEmpty() && !lookup.isOver()) {
      finish(lookup, lookup.secondBest());
    }
  }

  /** Asks this server if it has room for a query. */
  void ask(Forwarder server, Lookup lookup, long timeout, long now) {
    Exchange exchange = server.ask(lookup, timeout, now);
    if (exchange == null) {
      return;
    }
    if (lookup.isOver()) {
      // To make room, the server dropped older exchanges, one of which was the last of this lookup.
      server.release(exchange);
    } else {
      lookup.asked(exchange);
    }
  }

  /** Ends a lookup and calls all its pending requests. */
  void finish(Lookup lookup, @Nullable WireAnswer answer) {
    pending.over(lookup);
    for (Exchange slower : List.copyOf(lookup.exchanges())) {
      lookup.ended(slower);
      slower.forwarder().release(slower);
    }
    for (PendingRequest pendingRequest : List.copyOf(lookup.pendingRequests())) {
      if (pendingRequest.lookup() != lookup) {
        // The callback of another request has cancelled this one.
        continue;
      }
      pending.forget(pendingRequest);
      if (answer == null) {
        end(pendingRequest, lookup.reason());
      } else {
        pendingRequest.answered(answer);
      }
    }
  }

  /** Ends a pending request without an answer. */
  void end(PendingRequest pendingRequest, Unanswered.Reason reason) {
    pending.giveRoomBack(pendingRequest);
    counters.increment(
        reason == Unanswered.Reason.OVERLOAD
            ? Counter.UPSTREAM_OVERLOAD
            : Counter.UPSTREAM_UNANSWERED);
    pendingRequest.unanswered(reason);
  }

  @Override
  public void answered(Exchange exchange, WireAnswer answer) {
    Lookup lookup = exchange.lookup();
    if (answer.isPositive()) {
      lookup.answered(exchange);
      finish(lookup, answer);
      return;
    }
    boolean first = lookup.held() == null;
    WireAnswer held = lookup.hold(exchange, answer);
    if (lookup.exchanges().isEmpty()) {
      finish(lookup, held);
    } else if (first) {
      long now = clock.getAsLong();
      wheel.add(lookup, now + graceNanos, now);
    }
  }

  @Override
  public void refused(Exchange exchange, WireAnswer answer) {
    exchange.lookup().refused(exchange, answer);
    askNext(exchange.lookup(), clock.getAsLong());
  }

  @Override
  public void failed(Exchange exchange, Unanswered.Reason reason) {
    exchange.lookup().failed(exchange, reason);
    askNext(exchange.lookup(), clock.getAsLong());
  }

  @Override
  public void flushLater(UpstreamSocket wire) {
    flushes.accept(wire);
  }
}
