// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.LatencyHistogram;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.protocol.Rejection;
import io.anteroom.protocol.ResumeResult;
import java.time.Duration;
import java.util.Objects;
import java.util.function.LongSupplier;

/** One filter service as this node knows it. Safe for any thread. */
public final class FilterService {
  /** For those who had just read the old timeout. */
  private static final Duration SLACK = Duration.ofSeconds(1);

  private final LongSupplier nanoTime;
  private final Counters<SuspensionCounter> counters = new Counters<>(SuspensionCounter.class);
  private final LatencyHistogram verdictLatency = new LatencyHistogram();
  private volatile FilterSettings settings;
  private volatile CircuitBreaker breaker;
  private volatile long outOfOrderUntilNanos;
  private volatile boolean outOfOrder;
  private volatile ServiceView view;

  public FilterService(FilterSettings settings) {
    this(settings, System::nanoTime);
  }

  public FilterService(FilterSettings settings, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.settings = settings;
    this.breaker = new CircuitBreaker(settings.breaker(), nanoTime);
    this.view = newView();
  }

  /** For another dispatcher of this service. */
  public ServiceView newView() {
    // A member of a group that has no instance votes all the same.
    return new ServiceView(settings.group() != null);
  }

  /** Whose dispatcher queries are suspended with from now on. */
  public void use(ServiceView now) {
    view = now;
  }

  ServiceView view() {
    return view;
  }

  public FilterSettings settings() {
    return settings;
  }

  /**
   * Has the service do as these settings say from the next query on; what waits has the time that
   * it was given. A breaker with other settings begins anew.
   */
  public void configure(FilterSettings next) {
    if (!Objects.equals(next.breaker(), settings.breaker())) {
      breaker = new CircuitBreaker(next.breaker(), nanoTime);
    }
    if (next.timeout().compareTo(settings.timeout()) < 0) {
      long until = nanoTime.getAsLong() + settings.timeout().plus(SLACK).toNanos();
      // What waits since before an earlier change may still have the latest deadline.
      outOfOrderUntilNanos = outOfOrder ? later(outOfOrderUntilNanos, until) : until;
      outOfOrder = true;
    }
    settings = next;
  }

  private static long later(long a, long b) {
    return a - b >= 0 ? a : b;
  }

  /**
   * Whether what has waited longest has the next deadline. Not for a while after the timeout has
   * become shorter.
   */
  public boolean isInOrder() {
    if (outOfOrder && nanoTime.getAsLong() - outOfOrderUntilNanos > 0) {
      outOfOrder = false;
    }
    return !outOfOrder;
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
    return breaker;
  }

  /** Whether an instance is registered that has granted credits, or it is a group. */
  public boolean isAvailable() {
    return view.isAvailable();
  }

  /** How long queries waited for their verdicts, as their origins saw it. */
  public LatencyHistogram verdictLatency() {
    return verdictLatency;
  }

  /** What the dispatcher has to do with its instances, as of the last second. */
  public FilterStatus status() {
    return view.status();
  }
}
