// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.Filter;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** A filter that decides about nothing until it is released, and then at once about all. */
final class HeldFilter implements Filter {
  private final Verdict verdict;
  private final AtomicInteger asked = new AtomicInteger();
  private final Queue<CompletableFuture<Verdict>> held = new ConcurrentLinkedQueue<>();
  private volatile boolean released;

  HeldFilter(Verdict verdict) {
    this.verdict = verdict;
  }

  @Override
  public CompletionStage<Verdict> decide(FilterRequest request) {
    asked.incrementAndGet();
    CompletableFuture<Verdict> decision = new CompletableFuture<>();
    held.add(decision);
    if (released) {
      release();
    }
    return decision;
  }

  /** How many requests have come. */
  int asked() {
    return asked.get();
  }

  void release() {
    released = true;
    held.forEach(decision -> decision.complete(verdict));
    held.removeIf(CompletableFuture::isDone);
  }
}
