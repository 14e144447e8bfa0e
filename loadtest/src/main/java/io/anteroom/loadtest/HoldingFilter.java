// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.Filter;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** Holds every request until it is told to decide; then each gets its {@link OwnVerdict}. */
final class HoldingFilter implements Filter {
  private final AtomicReferenceArray<CompletableFuture<Verdict>> held;
  private final int[] inOrder;
  private final AtomicInteger seen = new AtomicInteger();
  private final AtomicInteger twice = new AtomicInteger();

  /** For queries with numbers below this. */
  HoldingFilter(int numbers) {
    held = new AtomicReferenceArray<>(numbers);
    inOrder = new int[numbers];
  }

  @Override
  public CompletionStage<Verdict> decide(FilterRequest request) {
    int number = Packets.number(ByteBuffer.wrap(request.message()));
    CompletableFuture<Verdict> verdict = new CompletableFuture<>();
    if (number < 0 || !held.compareAndSet(number, null, verdict)) {
      twice.incrementAndGet();
      return CompletableFuture.completedFuture(Verdict.proceed());
    }
    inOrder[seen.get()] = number;
    seen.incrementAndGet();
    return verdict;
  }

  /** How many it has been asked about, each counted once. */
  int seen() {
    return seen.get();
  }

  /** How often it was asked again. */
  int twice() {
    return twice.get();
  }

  boolean hasSeen(int number) {
    return held.get(number) != null;
  }

  /** The number of the query that it was asked about at this place, the first being 0. */
  int number(int place) {
    return inOrder[place];
  }

  void decide(int number) {
    CompletableFuture<Verdict> verdict = held.get(number);
    if (verdict != null) {
      verdict.complete(OwnVerdict.of(number));
    }
  }
}
