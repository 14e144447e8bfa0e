// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * A request for the answer to a query, with a deadline of its own. Exactly one of {@link #answered}
 * and {@link #unanswered} is called, once; neither is called if it is cancelled before. The call
 * comes on the thread of a {@link ServerPool}, which may be that of another event loop if the
 * question was in flight there already.
 */
public abstract class PendingRequest extends DeadlineWheel.Entry {
  private final WireQuery query;
  private @Nullable Lookup lookup;
  private long sinceNanos;
  private long askedNanos;
  private @Nullable AnswerSource source;
  private int timeouts;
  private int counted;

  protected PendingRequest(WireQuery query) {
    this.query = query;
  }

  /**
   * A server has answered. The message has the server's message id, and the question as sent to it.
   */
  protected abstract void answered(WireAnswer answer);

  /** There is no answer. */
  protected abstract void unanswered(Unanswered.Reason reason);

  public final WireQuery query() {
    return query;
  }

  /** The client on whose behalf it waits; null for the node itself. Always returns the same. */
  protected @Nullable InetAddress client() {
    return null;
  }

  /** When it began to wait, in nanoseconds on the pool's clock. */
  final long sinceNanos() {
    return sinceNanos;
  }

  final void begin(Lookup waitsFor, long nowNanos) {
    lookup = waitsFor;
    sinceNanos = nowNanos;
  }

  /**
   * Reserves memory for its query, once for all event loops that it comes to; false if the bound is
   * reached.
   */
  final boolean count(WaitingBytes bytes) {
    if (counted == 0) {
      counted = bytes.take(query, client());
    }
    return counted > 0;
  }

  /** Releases that memory; does nothing if none is reserved. */
  final void uncount(WaitingBytes bytes) {
    if (counted > 0) {
      bytes.release(counted, client());
      counted = 0;
    }
  }

  /** The lookup that it waits for; null before it begins to wait and after it has ended. */
  final @Nullable Lookup lookup() {
    return lookup;
  }

  /**
   * When its lookup began, which may be earlier than {@link #sinceNanos}. Valid once it has ended.
   */
  protected final long askedNanos() {
    return askedNanos;
  }

  /** Where the answer came from; null before it has ended. */
  protected final @Nullable AnswerSource source() {
    return source;
  }

  /** Number of tries that have timed out. Valid once it has ended. */
  protected final int timeouts() {
    return timeouts;
  }

  final void end() {
    if (lookup != null) {
      source = lookup.source();
      timeouts = lookup.timeouts();
      askedNanos = lookup.sinceNanos();
    }
    lookup = null;
  }
}
