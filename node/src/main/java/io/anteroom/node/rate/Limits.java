// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

import io.anteroom.node.config.BlocksSettings;
import io.anteroom.node.config.Netmask;
import io.anteroom.node.config.ResponseLimitSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.wire.WireQuery;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * The limits for clients of a node: blocks, counters of rules for blocks, and response rate
 * limiting. One object for all event loops; thread-safe. Each part that is not in use costs a query
 * one volatile read.
 */
public final class Limits {
  /**
   * The maximum number of reports that wait for the keeper; further ones are counted and dropped.
   */
  private static final int MAX_REPORTS = 1000;

  private final Counters<Counter> counters;
  private final LongSupplier nanoTime;
  private final AtomicInteger reports = new AtomicInteger();
  private volatile @Nullable ActorRef<BlockKeeper.Command> keeper;
  private volatile @Nullable BlockSet blocked;
  private volatile Configured configured;

  private record Configured(
      @Nullable ResponseLimitSettings responseLimit,
      @Nullable ResponseLimiter limiter,
      BlocksSettings blocks,
      Watch watch) {}

  public Limits(
      @Nullable ResponseLimitSettings responseLimit,
      BlocksSettings blocks,
      Counters<Counter> counters,
      LongSupplier nanoTime) {
    this.counters = counters;
    this.nanoTime = nanoTime;
    this.configured = new Configured(responseLimit, limiter(responseLimit), blocks, watch(blocks));
  }

  /** Applies new settings; counters of unchanged rules continue. */
  public synchronized void configure(
      @Nullable ResponseLimitSettings responseLimit, BlocksSettings blocks) {
    Configured old = configured;
    boolean sameLimit =
        responseLimit == null ? old.responseLimit == null : responseLimit.equals(old.responseLimit);
    configured =
        new Configured(
            responseLimit,
            sameLimit ? old.limiter : limiter(responseLimit),
            blocks,
            blocks.equals(old.blocks) ? old.watch : watch(blocks));
  }

  private @Nullable ResponseLimiter limiter(@Nullable ResponseLimitSettings settings) {
    return settings == null
        ? null
        : new ResponseLimiter(
            settings,
            nanoTime.getAsLong(),
            () -> counters.increment(Counter.RESPONSE_KEYS_EVICTED));
  }

  private Watch watch(BlocksSettings settings) {
    return new Watch(
        settings,
        nanoTime.getAsLong(),
        () -> counters.increment(Counter.BLOCK_CLIENTS_EVICTED),
        this::report);
  }

  /** Limits the number of waiting reports, because clients can cause them. */
  private void report(BlockKeeper.Command exceeded) {
    ActorRef<BlockKeeper.Command> told = keeper;
    if (told == null || reports.get() >= MAX_REPORTS) {
      counters.increment(Counter.BLOCK_REPORTS_LOST);
    } else {
      reports.incrementAndGet();
      told.tell(exceeded);
    }
  }

  /** Sets the keeper. Until then no client is blocked. */
  public void keptBy(ActorRef<BlockKeeper.Command> known) {
    keeper = known;
  }

  /** The keeper of blocks; null before the node has started. */
  public @Nullable ActorRef<BlockKeeper.Command> keeper() {
    return keeper;
  }

  void reportTaken() {
    reports.decrementAndGet();
  }

  void blocked(List<Block> all) {
    blocked = all.isEmpty() ? null : new BlockSet(all);
  }

  /** All blocks that apply now. */
  public List<Block> blocks() {
    BlockSet set = blocked;
    long now = nanoTime.getAsLong();
    return set == null
        ? List.of()
        : set.all().stream().filter(block -> !block.hasEnded(now)).toList();
  }

  /** The block that applies to this client; null if there is none. */
  public @Nullable Block blockOf(InetAddress client) {
    BlockSet set = blocked;
    if (set == null) {
      return null;
    }
    Block block = set.find(Netmask.high(client), Netmask.low(client), nanoTime.getAsLong());
    // Its network may be blocked because of other clients.
    return block == null || block.byOperator() || !configured.watch.isExcluded(client)
        ? block
        : null;
  }

  /** Counts a query that was not blocked. */
  public void onQuery(InetAddress client) {
    Watch watch = configured.watch;
    if (watch.countsQueries()) {
      watch.onQuery(client, nanoTime.getAsLong());
    }
  }

  /** Counts an answer, sent or not. */
  public void onAnswer(InetAddress client, int rcode) {
    Watch watch = configured.watch;
    if (watch.countsAnswers()) {
      watch.onAnswer(client, rcode, nanoTime.getAsLong());
    }
  }

  /**
   * Decides about an answer over UDP.
   *
   * @param query null if it could not be read
   */
  public RrlDecision decision(InetAddress client, @Nullable WireQuery query, byte[] answer) {
    ResponseLimiter limiter = configured.limiter;
    if (limiter == null || limiter.isExempt(client)) {
      return RrlDecision.SEND;
    }
    long now = nanoTime.getAsLong();
    return query == null
        ? limiter.decisionOfError(client, now)
        : limiter.decision(client, query, answer, now);
  }
}
