// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import com.typesafe.config.Config;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.ToInstance;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.JoinSeedNodes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A member of an Anteroom cluster that only runs a filter. It has an ActorSystem of its own, joins
 * the configured nodes as soon as it reaches one of them, and stays a member until it is closed. If
 * the cluster removes it, if the last node leaves, or if it has reached no node for a while, it
 * rejoins without help.
 *
 * <p>Thread-safe.
 */
public final class FilterMember implements AutoCloseable, Invalidator {
  private static final Logger LOG = LoggerFactory.getLogger(FilterMember.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);

  /** A run that lasted longer than this does not count as a failed start. */
  private static final Duration GOOD_RUN = Duration.ofSeconds(60);

  private static final Duration CLOSE = Duration.ofSeconds(8);

  private final FilterMemberSettings settings;
  private final Config config;
  private final List<Address> seeds;
  private final Filter filter;
  private final FilterMetrics metrics = new FilterMetrics();
  private final Invalidations invalidations = new Invalidations();
  private final ScheduledExecutorService restarter =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "anteroom-filter-member");
            thread.setDaemon(true);
            return thread;
          });

  // Guarded by this: the restarter sets it, close() and callers read it.
  private ActorSystem<ToInstance> system;
  private boolean closed;

  // Only used by the restarter thread.
  private Duration pause = FIRST_PAUSE;

  private FilterMember(FilterMemberSettings settings, Filter filter) {
    this.settings = settings;
    this.filter = Objects.requireNonNull(filter, "filter");
    seeds = MemberConfig.seeds(settings.seeds());
    config =
        MemberConfig.config(
            settings.host(),
            settings.port(),
            FilterKeys.FILTER_ROLE,
            settings.insecure(),
            settings.tls());
    system = newSystem();
  }

  /**
   * Starts a member. The method returns when the member listens on its port; joining continues in
   * the background.
   *
   * @throws IllegalArgumentException if the settings are invalid, for example plain TCP on an
   *     address other than loopback, or a missing TLS file
   * @throws RuntimeException if the address can't be bound
   */
  public static FilterMember start(FilterMemberSettings settings, Filter filter) {
    FilterMember member = new FilterMember(settings, filter);
    member.restartAtEnd(member.system());
    return member;
  }

  /** Counters of the filter since {@link #start}, across restarts and rejoins. */
  public FilterMetrics metrics() {
    return metrics;
  }

  @Override
  public void invalidate(String name) {
    invalidations.invalidate(name);
  }

  @Override
  public void invalidateSubtree(String name) {
    invalidations.invalidateSubtree(name);
  }

  @Override
  public void invalidateAll() {
    invalidations.invalidateAll();
  }

  /** Whether this is an up member of the cluster. */
  public boolean isUp() {
    return Cluster.get(system()).selfMember().status() == MemberStatus.up();
  }

  /** The current ActorSystem; a new one replaces it after the cluster has removed this member. */
  public synchronized ActorSystem<?> actorSystem() {
    return system;
  }

  /**
   * Leaves the cluster, after the filter has decided pending requests or two seconds have passed.
   * The method returns when the member has left, or after eight seconds. Further calls have no
   * effect.
   */
  @Override
  public void close() {
    ActorSystem<ToInstance> last;
    synchronized (this) {
      closed = true;
      last = system;
    }
    restarter.shutdownNow();
    last.tell(FilterInstance.leave());
    try {
      last.getWhenTerminated().toCompletableFuture().get(CLOSE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      last.terminate();
      Thread.currentThread().interrupt();
    } catch (TimeoutException | ExecutionException e) {
      LOG.warn("the filter has not left the cluster in time", e);
      last.terminate();
    }
  }

  private synchronized ActorSystem<ToInstance> system() {
    return system;
  }

  private ActorSystem<ToInstance> newSystem() {
    Behavior<ToInstance> instance =
        FilterInstance.create(
            settings.asyncId(),
            filter,
            settings.credits(),
            metrics,
            invalidations,
            System::nanoTime);
    ActorSystem<ToInstance> created =
        ActorSystem.create(
            MemberGuardian.create(settings, metrics, instance), FilterKeys.SYSTEM, config);
    LateJoin.leave(created);
    Cluster.get(created).manager().tell(new JoinSeedNodes(seeds));
    return created;
  }

  private void restartAtEnd(ActorSystem<ToInstance> running) {
    long startedNs = System.nanoTime();
    running
        .getWhenTerminated()
        .whenComplete((done, failure) -> schedule(() -> ended(startedNs), Duration.ZERO));
  }

  private void ended(long startedNs) {
    if (System.nanoTime() - startedNs > GOOD_RUN.toNanos()) {
      pause = FIRST_PAUSE;
    }
    restartLater();
  }

  private void restartLater() {
    schedule(this::restart, pause);
    Duration longer = pause.multipliedBy(2);
    pause = longer.compareTo(LONGEST_PAUSE) < 0 ? longer : LONGEST_PAUSE;
  }

  private synchronized void schedule(Runnable task, Duration delay) {
    if (!closed) {
      ScheduledFuture<?> unused = restarter.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void restart() {
    try {
      replaceSystem();
    } catch (RuntimeException e) {
      LOG.warn("the filter cannot start again yet", e);
      restartLater();
    }
  }

  private synchronized void replaceSystem() {
    if (!closed) {
      system = newSystem();
      restartAtEnd(system);
    }
  }
}
