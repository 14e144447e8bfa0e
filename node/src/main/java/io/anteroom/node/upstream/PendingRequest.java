// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who waits for the answer to a query, until a deadline of his own. Exactly one of {@link
 * #answered} and {@link #unanswered} is called, once, unless he is cancelled before; then neither
 * is. It is called on the thread of a {@link ServerPool}, and on that of another event loop if that
 * had the question in flight already.
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

  /** A server has answered; the message has the server's id, and the question as it was sent. */
  protected abstract void answered(WireAnswer answer);

  /** There is no answer. */
  protected abstract void unanswered(Unanswered.Reason reason);

  public final WireQuery query() {
    return query;
  }

  /** For which client; null if for the node itself. Always the same. */
  protected @Nullable InetAddress client() {
    return null;
  }

  /** When he began to wait, on the pool's clock. */
  final long sinceNanos() {
    return sinceNanos;
  }

  final void begin(Lookup waitsFor, long nowNanos) {
    lookup = waitsFor;
    sinceNanos = nowNanos;
  }

  /** Has his query count, once, on whatever event loops he comes to; false if there is no room. */
  final boolean count(WaitingBytes bytes) {
    if (counted == 0) {
      counted = bytes.take(query, client());
    }
    return counted > 0;
  }

  /** He waits no more; nothing happens if he does not count. */
  final void uncount(WaitingBytes bytes) {
    if (counted > 0) {
      bytes.release(counted, client());
      counted = 0;
    }
  }

  /** What he waits for; null before and after. */
  final @Nullable Lookup lookup() {
    return lookup;
  }

  /** When what he waited for began, which may be before he did; once it is over. */
  protected final long askedNanos() {
    return askedNanos;
  }

  /** Where the answer came from, once there is one. */
  protected final @Nullable AnswerSource source() {
    return source;
  }

  /** How many tries have timed out, once it is over. */
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
