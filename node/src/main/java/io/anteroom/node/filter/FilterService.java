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
 * One filter service on this node: its settings, its filter routers, and its limits, breaker and
 * metrics. The same object for the life of the node; a reload replaces the settings and what is
 * derived from them with one write. Thread-safe.
 */
public final class FilterService {
  /** For threads that have just read the old timeout. */
  private static final Duration SLACK = Duration.ofSeconds(1);

  private final LongSupplier nanoTime;
  private final Counters<SuspensionCounter> counters = new Counters<>(SuspensionCounter.class);
  private final LatencyHistogram verdictLatency = new LatencyHistogram();
  private final SuspensionLimits limits = new SuspensionLimits(this::settings);

  /** Written by the reload only. */
  private volatile Configured configured;

  /** From when on all requests have the deadline that the service's timeout gives. */
  private volatile long regularFromNanos;

  /** One entry per cluster that the node is a member of. */
  private final List<InCluster> clusters = new CopyOnWriteArrayList<>();

  private volatile ServiceView view;
  private volatile @Nullable ActorRef<ToInstance> connector;

  /**
   * The part that a reload replaces.
   *
   * @param inOrderFromNanos from when on the oldest request has the earliest deadline again
   */
  private record Configured(
      FilterSettings settings, CircuitBreaker breaker, long inOrderFromNanos) {}

  /**
   * A service's filter router in one of the node's clusters.
   *
   * @param member the ActorSystem of the cluster part
   * @param view the router's view of its instances
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
    this.regularFromNanos = nanoTime.getAsLong();
    this.view = newView();
  }

  /** Creates the view of another filter router of this service. */
  public ServiceView newView() {
    // A group is always available: members without an instance vote by their settings.
    return new ServiceView(configured.settings.group() != null);
  }

  /** Adds the filter router in a cluster that the node has joined. */
  public void add(InCluster cluster) {
    clusters.add(cluster);
  }

  /** Removes the filter router in a cluster that the node has left. */
  public void remove(ActorSystem<?> member) {
    clusters.removeIf(each -> each.member() == member);
  }

  /** The filter router in this cluster part; null if there is none. */
  public @Nullable InCluster in(ActorSystem<?> member) {
    for (InCluster each : clusters) {
      if (each.member() == member) {
        return each;
      }
    }
    return null;
  }

  /** Whether the service is available in this cluster part. */
  public boolean isAvailable(ActorSystem<?> member) {
    InCluster there = in(member);
    return there != null && there.view().isAvailable();
  }

  /** Makes this cluster part the one in which queries are suspended from now on. */
  public void use(ActorSystem<?> member) {
    InCluster there = Objects.requireNonNull(in(member));
    view = there.view();
    if (connector != null) {
      connector.tell(Connectors.serve(there.router()));
    }
  }

  /** Sets the datagram connector, which outlives the filter routers. */
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

  /** The current settings; a reload may replace them. */
  public FilterSettings settings() {
    return configured.settings;
  }

  /** Counts and bounds the queries that wait for this service on this node. */
  public SuspensionLimits limits() {
    return limits;
  }

  /**
   * Applies these settings from the next query on; requests in progress keep their deadlines. If
   * the breaker's settings changed, it starts again, closed.
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
      // A request from before an earlier change may still have the latest deadline.
      inOrderFromNanos = later(inOrderFromNanos, until);
    }
    configured = new Configured(next, breaker, inOrderFromNanos);
  }

  private static long later(long a, long b) {
    return a - b >= 0 ? a : b;
  }

  /**
   * Whether the oldest request has the earliest deadline. False for some time after a reload has
   * shortened the timeout, and after a request with a shorter one.
   */
  public boolean isInOrder() {
    long now = nanoTime.getAsLong();
    return now - configured.inOrderFromNanos >= 0 && now - regularFromNanos >= 0;
  }

  /** Called for a request that has a shorter timeout than the service. */
  public void beIrregular() {
    regularFromNanos = nanoTime.getAsLong() + settings().timeout().plus(SLACK).toNanos();
  }

  public Counters<SuspensionCounter> counters() {
    return counters;
  }

  /** Counts the result of a verdict, except one that decided, which its query counts. */
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
      case RESULT -> SuspensionCounter.VERDICTS_REJECTED_RESULT;
      case OPERATION -> SuspensionCounter.VERDICTS_REJECTED_OPERATION;
    };
  }

  /** The circuit breaker, which permits suspensions or refuses them. */
  public CircuitBreaker breaker() {
    return configured.breaker;
  }

  /** Whether an instance is registered that has granted credits, or it is a group. */
  public boolean isAvailable() {
    return view.isAvailable();
  }

  /** How long queries waited for their verdicts, measured at their origins. */
  public LatencyHistogram verdictLatency() {
    return verdictLatency;
  }

  /** The filter router's requests and instances, updated once per second. */
  public FilterStatus status() {
    return view.status();
  }
}
