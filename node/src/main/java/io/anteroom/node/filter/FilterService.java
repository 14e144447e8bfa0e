// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.LatencyHistogram;
import io.anteroom.node.flow.SuspensionCounter;
import java.util.function.LongSupplier;

/** One filter service as this node knows it. Safe for any thread. */
public final class FilterService {
  private final FilterSettings settings;
  private final Counters<SuspensionCounter> counters = new Counters<>(SuspensionCounter.class);
  private final CircuitBreaker breaker;
  private final LatencyHistogram verdictLatency = new LatencyHistogram();
  private volatile boolean available;
  private volatile FilterStatus status = FilterStatus.NONE;

  public FilterService(FilterSettings settings) {
    this(settings, System::nanoTime);
  }

  public FilterService(FilterSettings settings, LongSupplier nanoTime) {
    this.settings = settings;
    this.breaker = new CircuitBreaker(settings.breaker(), nanoTime);
    // A member that has no instance votes all the same.
    this.available = settings.group() != null;
  }

  public FilterSettings settings() {
    return settings;
  }

  public Counters<SuspensionCounter> counters() {
    return counters;
  }

  /** Says whether the service is to be asked at all. */
  public CircuitBreaker breaker() {
    return breaker;
  }

  /** Whether an instance is registered that has granted credits, or it is a group. */
  public boolean isAvailable() {
    return available;
  }

  /** How long queries waited for their verdicts, as their origins saw it. */
  public LatencyHistogram verdictLatency() {
    return verdictLatency;
  }

  /** What the dispatcher has to do with its instances, as of the last second. */
  public FilterStatus status() {
    return status;
  }

  void publish(FilterStatus now) {
    status = now;
  }

  void setAvailable(boolean now) {
    available = now;
  }
}
