// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.upstream.PendingRequest;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;
import java.util.concurrent.CompletableFuture;

/** A query in flight at a {@link Channel}. Confined to the event loop. */
final class UpstreamRequest extends PendingRequest {
  private final Asker asker;
  private final Call call;
  private final Channel channel;
  private final boolean second;
  private final long sinceNanos;
  private final CompletableFuture<Outcome> outcome;
  private boolean over;

  /**
   * Creates a query that was not sent yet.
   *
   * @param second whether it was at another channel before
   */
  UpstreamRequest(
      Asker asker,
      Call call,
      Channel channel,
      WireQuery query,
      boolean second,
      long sinceNanos,
      CompletableFuture<Outcome> outcome) {
    super(query);
    this.asker = asker;
    this.call = call;
    this.channel = channel;
    this.second = second;
    this.sinceNanos = sinceNanos;
    this.outcome = outcome;
  }

  @Override
  protected void answered(WireAnswer answer) {
    over();
    asker.answered(this, answer, source(), timeouts());
  }

  @Override
  protected void unanswered(Unanswered.Reason reason) {
    boolean replaced = channel.isClosed();
    over();
    asker.unanswered(this, reason, timeouts(), replaced);
  }

  void begin(long deadlineNanos) {
    call.began(this);
    channel.began();
    channel.pool().ask(this, deadlineNanos);
  }

  void abandon() {
    channel.pool().cancel(this);
    over();
  }

  /** Runs once, because an abandoned query may be answered at the same time. */
  private void over() {
    if (!over) {
      over = true;
      call.ended(this);
      channel.ended();
    }
  }

  Call call() {
    return call;
  }

  Channel channel() {
    return channel;
  }

  boolean isSecond() {
    return second;
  }

  long sinceNanos() {
    return sinceNanos;
  }

  CompletableFuture<Outcome> outcome() {
    return outcome;
  }
}
