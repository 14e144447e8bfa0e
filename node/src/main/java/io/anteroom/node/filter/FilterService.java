// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.LatencyHistogram;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.protocol.Rejection;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.jspecify.annotations.Nullable;

/**
 * One filter service as this node knows it: its settings, and all that the node keeps for it
 * whatever they are. The same object for the node's life; a reload changes its settings and what
 * depends on them with one write. Safe for any thread.
 */
public final class FilterService {
  /** For those who had just read the old timeout. */
  private static final Duration SLACK = Duration.ofSeconds(1);

  private final LongSupplier nanoTime;
  private final Counters<SuspensionCounter> counters = new Counters<>(SuspensionCounter.class);
  private final LatencyHistogram verdictLatency = new LatencyHistogram();
  private final SuspensionLimits limits = new SuspensionLimits(this::settings);

  /** Only ever written by the one who reloads. */
  private volatile Configured configured;

  /** One for each cluster that the node is a member of. */
  private final List<InCluster> clusters = new CopyOnWriteArrayList<>();

  private volatile ServiceView view;
  private volatile @Nullable ActorRef<ToInstance> connector;

  /**
   * What a reload changes.
   *
   * @param inOrderFromNanos when what has waited longest has the next deadline, again
   */
  private record Configured(
      FilterSettings settings, CircuitBreaker breaker, long inOrderFromNanos) {}

  /**
   * The router of a service in one cluster that the node is a member of.
   *
   * @param member the ActorSystem that is the member
   * @param view what the router knows of its instances there
   */
  public record InCluster(ActorSystem<?> member, ActorRef<ToRouter> router, ServiceView view) {}

  public FilterService(FilterSettings settings) {
    this(settings, System::nanoTime);
  }

  public FilterService(FilterSettings settings, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.configured =
        new Configured(
            settings, new CircuitBreaker(settings.breaker(), nanoTime), nanoTime.getAsLong());
    this.view = newView();
  }

  /** For another router of this service. */
  public ServiceView newView() {
    // A member of a group that has no instance votes all the same.
    return new ServiceView(configured.settings.group() != null);
  }

  /** Takes the router of a cluster that the node has become a member of. */
  public void add(InCluster cluster) {
    clusters.add(cluster);
  }

  /** The node is no member of this cluster any more. */
  public void remove(ActorSystem<?> member) {
    clusters.removeIf(each -> each.member() == member);
  }

  /** The router in the cluster of this member; null if there is none. */
  public @Nullable InCluster in(ActorSystem<?> member) {
    for (InCluster each : clusters) {
      if (each.member() == member) {
        return each;
      }
    }
    return null;
  }

  /** Whether there is an instance in the cluster of this member. */
  public boolean isAvailable(ActorSystem<?> member) {
    InCluster there = in(member);
    return there != null && there.view().isAvailable();
  }

  /** From now on queries are suspended in the cluster of this member. */
  public void use(ActorSystem<?> member) {
    InCluster there = Objects.requireNonNull(in(member));
    view = there.view();
    if (connector != null) {
      connector.tell(Connectors.serve(there.router()));
    }
  }

  /** Takes its connector, if it has one that outlives its routers. */
  public void connectBy(ActorRef<ToInstance> outliving) {
    connector = outliving;
  }

  ServiceView view() {
    return view;
  }

  /** The same for the node's life. */
  public int asyncId() {
    return configured.settings.asyncId();
  }

  /** The same for the node's life. */
  public String name() {
    return configured.settings.name();
  }

  /** As they are now: a reload may change them. */
  public FilterSettings settings() {
    return configured.settings;
  }

  /** How many queries wait for it on this node. */
  public SuspensionLimits limits() {
    return limits;
  }

  /**
   * Has the service do as these settings say from the next query on; what waits has the time that
   * it was given. A breaker with other settings begins anew.
   */
  public void configure(FilterSettings next) {
    FilterSettings before = configured.settings;
    CircuitBreaker breaker =
        Objects.equals(next.breaker(), before.breaker())
            ? configured.breaker
            : configured.breaker.with(next.breaker());
    long inOrderFromNanos = configured.inOrderFromNanos;
    if (next.timeout().compareTo(before.timeout()) < 0) {
      long until = nanoTime.getAsLong() + before.timeout().plus(SLACK).toNanos();
      // What waits since before an earlier change may still have the latest deadline.
      inOrderFromNanos = later(inOrderFromNanos, until);
    }
    configured = new Configured(next, breaker, inOrderFromNanos);
  }

  private static long later(long a, long b) {
    return a - b >= 0 ? a : b;
  }

  /**
   * Whether what has waited longest has the next deadline. Not for a while after the timeout has
   * become shorter.
   */
  public boolean isInOrder() {
    return nanoTime.getAsLong() - configured.inOrderFromNanos >= 0;
  }

  public Counters<SuspensionCounter> counters() {
    return counters;
  }

  /** Counts what became of a verdict, but for one that decided: its query counts that. */
  public void settled(ResumeResult result) {
    switch (result.status()) {
      case RESUMED -> {}
      case ENDED -> counters.increment(SuspensionCounter.VERDICTS_LATE);
      case UNKNOWN -> counters.increment(SuspensionCounter.VERDICTS_UNKNOWN);
      case REJECTED -> {
        counters.increment(SuspensionCounter.VERDICTS_REJECTED);
        if (result.rejection() != null) {
          counters.increment(counter(result.rejection()));
        }
      }
    }
  }

  private static SuspensionCounter counter(Rejection why) {
    return switch (why) {
      case STRANGER -> SuspensionCounter.VERDICTS_REJECTED_STRANGER;
      case SERVICE -> SuspensionCounter.VERDICTS_REJECTED_SERVICE;
      case POOL -> SuspensionCounter.VERDICTS_REJECTED_POOL;
      case NAME -> SuspensionCounter.VERDICTS_REJECTED_NAME;
      case MESSAGE -> SuspensionCounter.VERDICTS_REJECTED_MESSAGE;
    };
  }

  /** Says whether the service is to be asked at all. */
  public CircuitBreaker breaker() {
    return configured.breaker;
  }

  /** Whether an instance is registered that has granted credits, or it is a group. */
  public boolean isAvailable() {
    return view.isAvailable();
  }

  /** How long queries waited for their verdicts, as their origins saw it. */
  public LatencyHistogram verdictLatency() {
    return verdictLatency;
  }

  /** What the router has to do with its instances, as of the last second. */
  public FilterStatus status() {
    return view.status();
  }
}
