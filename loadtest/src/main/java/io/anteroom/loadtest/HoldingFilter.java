// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.Filter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Holds every request until it is told to decide. An even number then gets an address of its own,
 * so that a verdict which reached another query would show; an odd one goes on.
 */
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
      verdict.complete(number % 2 == 0 ? own(number) : Verdict.proceed());
    }
  }

  /** The address that the answer to this query must have. */
  static int address(int number) {
    return number % 2 == 0 ? 10 << 24 | number : Packets.ADDRESS;
  }

  private static Verdict own(int number) {
    try {
      byte[] address = ByteBuffer.allocate(4).putInt(address(number)).array();
      return Verdict.addresses(60, InetAddress.getByAddress(address));
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }
}
