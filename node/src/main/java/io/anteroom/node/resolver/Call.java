// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One call of the API: its result, and the questions that are in flight for it. Confined to the
 * event loop but for the result, which its owner may cancel from anywhere.
 */
final class Call {
  private final String asked;
  private final CompletableFuture<?> result;
  private final Runnable slot;
  private final AtomicBoolean released = new AtomicBoolean();
  private final Set<Question> inFlight = new HashSet<>();

  /**
   * A call that has begun.
   *
   * @param asked what its exception names
   * @param slot gives back what it has taken
   */
  Call(String asked, CompletableFuture<?> result, Runnable slot) {
    this.asked = asked;
    this.slot = slot;
    this.result = result;
  }

  /** What its exception names. */
  String asked() {
    return asked;
  }

  /** Nobody waits for the result any more. */
  boolean isOver() {
    return result.isDone();
  }

  void fail(Status status) {
    releaseSlot();
    result.completeExceptionally(new ResolverException(status, asked));
  }

  /** Once, before the result is complete: whoever waited for it may use the slot. */
  void releaseSlot() {
    if (released.compareAndSet(false, true)) {
      slot.run();
    }
  }

  void began(Question question) {
    inFlight.add(question);
  }

  void ended(Question question) {
    inFlight.remove(question);
  }

  /** Lets go of what is still in flight. */
  void abandon() {
    List.copyOf(inFlight).forEach(Question::abandon);
    inFlight.clear();
  }
}
