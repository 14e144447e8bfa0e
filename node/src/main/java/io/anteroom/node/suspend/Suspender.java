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

/** What the origins of a node share to suspend queries. Safe for any thread. */
public final class Suspender {
  private final FilterServices services;
  private final MemoryLimit memory;
  private final QueryIds ids;
  private final VerdictCache verdicts;
  private final LongSupplier nanoTime;
  private volatile @Nullable Place place;

  /**
   * For the origins of one node.
   *
   * @param maxBytes of memory that the queries which wait may take together
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
   * Has queries suspended there from now on; null if they can't be suspended at all. What waits
   * elsewhere stays there until its origin is told to {@linkplain Suspensions#move move} it.
   */
  public void suspendAt(@Nullable Place now) {
    place = now;
  }

  /** Where queries are suspended now; null if they can't be. */
  @Nullable Place place() {
    return place;
  }

  /** The service with this asyncID, which the configuration is checked to have. */
  public FilterService service(int asyncId) {
    return services.require(asyncId);
  }

  /** How many queries wait on this node, of all services. */
  public int live() {
    return services.all().stream().mapToInt(service -> service.limits().live()).sum();
  }

  /** The memory that waiting queries take, by estimate, in bytes. */
  public long suspendedBytes() {
    return memory.used();
  }

  /** Takes a place for a query that is to wait; null if there was one, else why there was none. */
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
   * What an attempt to suspend this query would come to now. It takes no place and no permit, so it
   * does not see whether a limit of number or memory is reached.
   */
  public Suspensions.Attempt foresee(RuleOutcome.Suspend suspend) {
    FilterService service = service(suspend.asyncId());
    Place here = place;
    boolean hasHome = here != null && here.localShards().size() > 0;
    SuspensionCounter refused = Suspensions.obstacle(suspend.query(), service, hasHome);
    if (refused == null && service.breaker().wouldRefuse()) {
      refused = SuspensionCounter.REFUSED_BREAKER;
    }
    return refused == null ? Suspensions.Attempt.BEGUN : Suspensions.Attempt.refused(refused);
  }

  /** The verdicts that still hold. */
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
