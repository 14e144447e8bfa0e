// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.cache.VerdictCache;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.filter.FilterServices;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.SuspensionCounter;
import java.security.SecureRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Objects and limits that all origins of a node share to suspend queries. Safe for any thread. */
public final class Suspender {
  private final FilterServices services;
  private final MemoryLimit memory;
  private final QueryIds ids;
  private final VerdictCache verdicts;
  private final LongSupplier nanoTime;
  private volatile @Nullable Place place;

  /**
   * Creates the suspender of a node.
   *
   * @param maxBytes limit of the memory of all suspended queries together, by estimate
   */
  public Suspender(
      FilterServices services,
      long maxBytes,
      VerdictCache verdicts,
      SecureRandom random,
      LongSupplier nanoTime) {
    this.services = services;
    this.memory = new MemoryLimit(maxBytes);
    this.ids = new QueryIds(random);
    this.verdicts = verdicts;
    this.nanoTime = nanoTime;
  }

  /**
   * Sets the place of new suspensions; null if queries can't be suspended. Suspended queries stay
   * in their place until their origin is told to {@linkplain Suspensions#move move} them.
   */
  public void suspendAt(@Nullable Place now) {
    place = now;
  }

  /** The place of new suspensions; null if queries can't be suspended. */
  @Nullable Place place() {
    return place;
  }

  /** The service with this asyncID. The configuration check ensures that it exists. */
  public FilterService service(int asyncId) {
    return services.require(asyncId);
  }

  /** The number of queries that this node's origins have suspended, for all services. */
  public int live() {
    return services.all().stream().mapToInt(service -> service.limits().live()).sum();
  }

  /** The memory of suspended queries in bytes, by estimate. */
  public long suspendedBytes() {
    return memory.used();
  }

  /**
   * Counts a query against the limits of memory, service and client. Null if it is within them,
   * else the limit that is reached; then nothing is counted.
   */
  @Nullable SuspensionCounter acquire(FilterService service, Query query) {
    if (!memory.acquire(query)) {
      return SuspensionCounter.REFUSED_MEMORY;
    }
    SuspensionCounter refused = service.limits().acquire(query.client().address().getAddress());
    if (refused != null) {
      memory.release(query);
    }
    return refused;
  }

  void release(FilterService service, Query query) {
    memory.release(query);
    service.limits().release(query.client().address().getAddress());
  }

  /**
   * Predicts the result of a suspend attempt now. It takes no permit and does not count the query,
   * so it does not check the limits of number and memory.
   */
  public Suspensions.Attempt foresee(RuleOutcome.Suspend suspend) {
    FilterService service = service(suspend.asyncId());
    Place here = place;
    boolean hasLocalShard = here != null && here.localShards().size() > 0;
    SuspensionCounter refused = Suspensions.obstacle(suspend.query(), service, hasLocalShard);
    if (refused == null && service.breaker().wouldRefuse()) {
      refused = SuspensionCounter.REFUSED_BREAKER;
    }
    return refused == null ? Suspensions.Attempt.BEGUN : Suspensions.Attempt.refused(refused);
  }

  /** The cache of held verdicts. */
  public VerdictCache verdicts() {
    return verdicts;
  }

  QueryIds ids() {
    return ids;
  }

  long nanoTime() {
    return nanoTime.getAsLong();
  }
}
