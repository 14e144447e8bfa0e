// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.AddressKey;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.flow.SuspensionCounter;
import java.net.InetAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Counts and bounds the suspended queries of one service on this node, in total and per client,
 * which is an IPv4 address or an IPv6 /64. Thread-safe.
 */
public final class SuspensionLimits {
  private final Supplier<FilterSettings> settings;
  private final AtomicInteger live = new AtomicInteger();
  private final ConcurrentHashMap<AddressKey, Integer> byClient = new ConcurrentHashMap<>();

  /** Reads the current limits from {@code settings} for each query. */
  SuspensionLimits(Supplier<FilterSettings> settings) {
    this.settings = settings;
  }

  /** Takes a place; returns null on success, else the counter of the limit that was reached. */
  public @Nullable SuspensionCounter acquire(InetAddress client) {
    if (live.incrementAndGet() > settings.get().maxSuspended()) {
      live.decrementAndGet();
      return SuspensionCounter.REFUSED_LIMIT;
    }
    if (byClient.merge(AddressKey.ofClient(client), 1, Integer::sum)
        > settings.get().maxPerClient()) {
      release(client);
      return SuspensionCounter.REFUSED_CLIENT_LIMIT;
    }
    return null;
  }

  /** Gives a place back. */
  public void release(InetAddress client) {
    live.decrementAndGet();
    byClient.computeIfPresent(AddressKey.ofClient(client), (address, n) -> n == 1 ? null : n - 1);
  }

  /** Number of queries that wait now. */
  public int live() {
    return live.get();
  }

  int clients() {
    return byClient.size();
  }
}
