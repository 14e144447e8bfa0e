// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.Filter;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Gives each query its {@link OwnVerdict} after a fixed time, and remembers the last one of each
 * load that it was asked about.
 */
final class RememberingFilter implements Filter {
  private final int each;
  private final long delayMillis;
  private final AtomicIntegerArray last;

  /**
   * For some loads, the first of which has numbers from 0.
   *
   * @param each how many numbers each load has
   */
  RememberingFilter(int loads, int each, long delayMillis) {
    this.each = each;
    this.delayMillis = delayMillis;
    last = new AtomicIntegerArray(loads);
  }

  @Override
  public CompletionStage<Verdict> decide(FilterRequest request) {
    int number = Packets.number(ByteBuffer.wrap(request.message()));
    last.accumulateAndGet(number / each, number, Math::max);
    return new CompletableFuture<Verdict>()
        .completeOnTimeout(OwnVerdict.of(number), delayMillis, TimeUnit.MILLISECONDS);
  }

  /** The largest number of this load that it was asked about; 0 for none. */
  int last(int load) {
    return last.get(load);
  }
}
