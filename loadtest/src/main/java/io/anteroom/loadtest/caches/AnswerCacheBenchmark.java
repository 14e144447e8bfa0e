// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest.caches;

import io.anteroom.node.cache.AnswerCache;
import io.anteroom.node.config.CacheSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** What a lookup and an insertion take of time and memory. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class AnswerCacheBenchmark {
  private static final String POOL = "default";
  private static final int NAMES = 1 << 14;

  private final WireQuery[] queries = new WireQuery[NAMES];
  private final WireQuery[] missing = new WireQuery[NAMES];
  private final WireAnswer[] answers = new WireAnswer[NAMES];
  private final byte[][] packets = new byte[NAMES][];
  private final AnswerCache cache = cache(1 << 28);
  private final AnswerCache full = cache(1 << 20);
  private int next;

  private static AnswerCache cache(long maxBytes) {
    return new AnswerCache(
        maxBytes,
        Map.of(POOL, CacheSettings.DEFAULT),
        new Counters<>(Counter.class),
        System::nanoTime);
  }

  /** Fills a cache with all names; another one has room for a part of them. */
  @Setup(Level.Trial)
  public void fill() {
    for (int i = 0; i < NAMES; i++) {
      String name = Typical.name(i);
      packets[i] = Typical.packet(name);
      queries[i] = Typical.query(name);
      missing[i] = Typical.query("a.b." + name);
      answers[i] = Typical.answer(name, i);
      cache.put(POOL, queries[i], answers[i]);
    }
  }

  private int next() {
    next = next + 7919 & NAMES - 1;
    return next;
  }

  /** What a node does for a query that is answered from the cache, but for reading the query. */
  @Benchmark
  public byte @Nullable [] hit() {
    return cache.get(POOL, queries[next()]);
  }

  /** The same from the packet on. */
  @Benchmark
  public byte @Nullable [] parseAndHit() {
    return cache.get(POOL, (WireQuery) WireQuery.parse(packets[next()]));
  }

  /** A miss, which also looks whether a name above does not exist. */
  @Benchmark
  public byte @Nullable [] miss() {
    return cache.get(POOL, missing[next()]);
  }

  /** An insertion in the place of the same answer. */
  @Benchmark
  public boolean put() {
    int i = next();
    return cache.put(POOL, queries[i], answers[i]);
  }

  /** An insertion for which others have to go. */
  @Benchmark
  public boolean putAndEvict() {
    int i = next();
    return full.put(POOL, queries[i], answers[i]);
  }

  /** Runs them; an argument chooses some, by a regular expression. */
  public static void main(String[] args) throws RunnerException {
    String which = args.length == 0 ? "" : args[0];
    new Runner(
            new OptionsBuilder()
                .include(AnswerCacheBenchmark.class.getSimpleName() + ".*" + which)
                .addProfiler(GCProfiler.class)
                .build())
        .run();
  }
}
