// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest.caches;

import io.anteroom.node.cache.AnswerCache;
import io.anteroom.node.config.CacheSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import java.lang.management.ManagementFactory;
import java.util.Map;

/** Fills the answer cache, and says how much heap an entry takes, and how much it counts for. */
public final class AnswerCacheHeap {
  private static final int ENTRIES = 200_000;

  private AnswerCacheHeap() {}

  public static void main(String[] args) {
    AnswerCache cache = cache();
    fill(cache, true);
    cache = cache();
    long empty = liveHeap(cache);
    long began = cpu();
    fill(cache, false);
    long nanos = cpu() - began;
    report("answers with one address", cache, empty, nanos);
    cache = cache();
    empty = liveHeap(cache);
    began = cpu();
    fill(cache, true);
    report("names that do not exist", cache, empty, cpu() - began);
  }

  private static AnswerCache cache() {
    return new AnswerCache(
        1L << 30,
        Map.of("default", CacheSettings.DEFAULT),
        new Counters<>(Counter.class),
        System::nanoTime);
  }

  private static void fill(AnswerCache cache, boolean denials) {
    for (int i = 0; i < ENTRIES; i++) {
      String name = Typical.name(i);
      cache.put(
          "default", Typical.query(name), denials ? Typical.denial(name) : Typical.answer(name, i));
    }
  }

  private static void report(String what, AnswerCache cache, long empty, long nanos) {
    double bytes = liveHeap(cache) - empty;
    System.out.printf(
        "%,d %s: %.0f bytes of live heap each, counted as %.0f; %.0f ns of CPU to put in%n",
        cache.size(),
        what,
        bytes / cache.size(),
        (double) cache.bytes() / cache.size(),
        (double) nanos / ENTRIES);
  }

  /** Of this thread; the time that passes tells little where others run as well. */
  private static long cpu() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  /** After collections until nothing more goes; the cache must not go with it. */
  private static long liveHeap(AnswerCache cache) {
    Runtime runtime = Runtime.getRuntime();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      System.gc();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return cache.size() < 0 ? 0 : least;
  }
}
