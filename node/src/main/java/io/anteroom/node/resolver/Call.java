// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One call of the API: its result and its queries in flight. Confined to the event loop, except for
 * the result, which its owner may cancel on any thread.
 */
final class Call {
  private final String asked;
  private final CompletableFuture<?> result;
  private final Runnable slot;
  private final AtomicBoolean released = new AtomicBoolean();
  private final Set<UpstreamRequest> inFlight = new HashSet<>();

  /**
   * Creates a call.
   *
   * @param asked the name for its exceptions
   * @param slot releases its slot
   */
  Call(String asked, CompletableFuture<?> result, Runnable slot) {
    this.asked = asked;
    this.slot = slot;
    this.result = result;
  }

  /** The name for its exceptions. */
  String asked() {
    return asked;
  }

  /** Whether the result is complete. */
  boolean isOver() {
    return result.isDone();
  }

  void fail(Status status) {
    releaseSlot();
    result.completeExceptionally(new ResolverException(status, asked));
  }

  /** Releases the slot once, before the result completes, so that a callback can use it. */
  void releaseSlot() {
    if (released.compareAndSet(false, true)) {
      slot.run();
    }
  }

  void began(UpstreamRequest question) {
    inFlight.add(question);
  }

  void ended(UpstreamRequest question) {
    inFlight.remove(question);
  }

  /** Cancels queries that are still in flight. */
  void abandon() {
    List.copyOf(inFlight).forEach(UpstreamRequest::abandon);
    inFlight.clear();
  }
}
