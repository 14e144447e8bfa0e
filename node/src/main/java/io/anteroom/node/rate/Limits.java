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
 * What a node lets clients have: who is blocked, who does too much, and how many equal responses
 * there are. One for all event loops; any thread. Where nothing is blocked, counted or limited, a
 * query costs one volatile read for each.
 */
public final class Limits {
  /** Reports that the keeper has not come to yet; more are counted and forgotten. */
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

  /** Has other settings hold from now on; what is the same goes on counting where it is. */
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

  /** Never more than the keeper can take; clients bring reports about. */
  private void report(BlockKeeper.Command exceeded) {
    ActorRef<BlockKeeper.Command> told = keeper;
    if (told == null || reports.get() >= MAX_REPORTS) {
      counters.increment(Counter.BLOCK_REPORTS_LOST);
    } else {
      reports.incrementAndGet();
      told.tell(exceeded);
    }
  }

  /** Says where the keeper is. Until then nobody is blocked. */
  public void keptBy(ActorRef<BlockKeeper.Command> known) {
    keeper = known;
  }

  /** Who keeps the blocks; null before the node has started. */
  public @Nullable ActorRef<BlockKeeper.Command> keeper() {
    return keeper;
  }

  void reportTaken() {
    reports.decrementAndGet();
  }

  void blocked(List<Block> all) {
    blocked = all.isEmpty() ? null : new BlockSet(all);
  }

  /** All blocks that hold now. */
  public List<Block> blocks() {
    BlockSet set = blocked;
    long now = nanoTime.getAsLong();
    return set == null
        ? List.of()
        : set.all().stream().filter(block -> !block.hasEnded(now)).toList();
  }

  /** The block that this client is in; null if there is none. */
  public @Nullable Block blockOf(InetAddress client) {
    BlockSet set = blocked;
    if (set == null) {
      return null;
    }
    Block block = set.find(Netmask.high(client), Netmask.low(client), nanoTime.getAsLong());
    // A network may be blocked for what others in it did.
    return block == null || block.byOperator() || !configured.watch.isExcluded(client)
        ? block
        : null;
  }

  /** Counts a query that goes on. */
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
  public Fate fate(InetAddress client, @Nullable WireQuery query, byte[] answer) {
    ResponseLimiter limiter = configured.limiter;
    if (limiter == null || limiter.isExempt(client)) {
      return Fate.SEND;
    }
    long now = nanoTime.getAsLong();
    return query == null
        ? limiter.fateOfError(client, now)
        : limiter.fate(client, query, answer, now);
  }
}
