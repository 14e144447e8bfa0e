// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.BreakerSettings;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Circuit breaker of one filter service on one node: stops suspensions for a service that times
 * out, and probes it until it decides again. Thread-safe. A suspension that ends in time while the
 * breaker is closed (the normal case) takes no lock; its count may be lost if its slice is cleared
 * at that moment.
 *
 * <p><b>Closed</b> is the initial state. The breaker permits every suspension and counts whether it
 * ended by a verdict or at its deadline. The counts are kept in eleven slices of a tenth of the
 * window each. The newest slice is still filling, so they cover between one and 1.1 windows. The
 * breaker opens when at least {@code atLeast} suspensions have ended and the timed-out share has
 * reached {@code ratio}.
 *
 * <p><b>Open</b>, the breaker permits one suspension per {@code probeEvery}, as a probe. The first
 * probe that is decided in time closes it; all counts start at zero.
 *
 * <p><b>Permits.</b> A permit is the number of the state in which it was given. A suspension that
 * began before the breaker last opened or closed is ignored: it belongs to an earlier state. So an
 * open breaker counts its probes only. A breaker that replaces another one after a change of
 * settings has state numbers of its own, so it ignores permits of the replaced breaker.
 */
public final class CircuitBreaker {
  /** Returned instead of a permit: the service must not be asked. */
  public static final long REFUSED = -1;

  /** The permit of a breaker that is switched off. */
  private static final long ALWAYS = -2;

  private static final int SLICES = 11;

  /** Bit position of the generation in a state number. */
  private static final int GENERATION = 32;

  /** The breaker's state, for metrics and operators. */
  public enum State {
    /** It is switched off, and never opens. */
    OFF,
    /** The service is asked. */
    CLOSED,
    /** The service is not asked. */
    OPEN,
    /** The service is not asked, except by a probe, which waits for its verdict now. */
    PROBING;

    /** The name in metrics and the admin interface. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final @Nullable BreakerSettings settings;
  private final LongSupplier nanoTime;
  private final long sliceNanos;
  private final LongAdder[] decided = new LongAdder[SLICES];
  private final int[] timedOut = new int[SLICES];

  /**
   * State number: even when closed, odd when open; the upper 32 bits are the breaker's generation.
   */
  private volatile long state;

  /** Number of probes in progress; written under the lock, 0 when closed. */
  private volatile int probes;

  private volatile long slice;
  private long nextProbeNanos;

  /**
   * A closed breaker.
   *
   * @param settings null for a breaker that never opens
   */
  public CircuitBreaker(@Nullable BreakerSettings settings, LongSupplier nanoTime) {
    this(settings, nanoTime, 0);
  }

  private CircuitBreaker(
      @Nullable BreakerSettings settings, LongSupplier nanoTime, long generation) {
    this.state = generation << GENERATION;
    this.settings = settings;
    this.nanoTime = nanoTime;
    this.sliceNanos =
        settings == null ? 1 : Math.max(1, settings.window().toNanos() / (SLICES - 1));
    this.slice = Math.floorDiv(nanoTime.getAsLong(), sliceNanos);
    Arrays.setAll(decided, i -> new LongAdder());
  }

  /** A closed breaker with these settings that replaces this one. */
  CircuitBreaker with(@Nullable BreakerSettings next) {
    return new CircuitBreaker(next, nanoTime, (state >> GENERATION) + 1);
  }

  /** Whether the breaker is open or probing. */
  public boolean isOpen() {
    return isOpen(state);
  }

  /** The current state. */
  public State state() {
    if (settings == null) {
      return State.OFF;
    }
    return !isOpen() ? State.CLOSED : probes == 0 ? State.OPEN : State.PROBING;
  }

  private static boolean isOpen(long state) {
    return (state & 1) != 0;
  }

  /**
   * Returns a permit to suspend, which the caller must hand back with {@link #ended} or {@link
   * #endedOtherwise}; or {@link #REFUSED}.
   */
  public long permit() {
    if (settings == null) {
      return ALWAYS;
    }
    long now = state;
    return isOpen(now) ? probe(settings) : now;
  }

  /** Whether {@link #permit} would refuse now. */
  public boolean wouldRefuse() {
    return settings != null && isOpen() && waitsForProbe();
  }

  private synchronized boolean waitsForProbe() {
    return isOpen() && nanoTime.getAsLong() - nextProbeNanos < 0;
  }

  private synchronized long probe(BreakerSettings of) {
    long nowNanos = nanoTime.getAsLong();
    if (!isOpen()) {
      return state;
    } else if (nowNanos - nextProbeNanos < 0) {
      return REFUSED;
    }
    nextProbeNanos = nowNanos + of.probeEvery().toNanos();
    setProbes(probes + 1);
    return state;
  }

  /**
   * Records that a suspension ended by a verdict or at its deadline.
   *
   * @param permit the permit of the suspension
   * @param inTime true if the service decided before the deadline
   */
  public void ended(long permit, boolean inTime) {
    if (settings == null || permit != state) {
      return;
    }
    long now = Math.floorDiv(nanoTime.getAsLong(), sliceNanos);
    if (inTime && !isOpen(permit) && now == slice) {
      decided[Math.floorMod(now, SLICES)].increment();
    } else {
      count(settings, permit, inTime);
    }
  }

  /**
   * Records that a suspension ended, or did not begin, for a reason that says nothing about the
   * service.
   */
  public void endedOtherwise(long permit) {
    if (settings != null && permit == state && isOpen(permit)) {
      endProbe(permit);
    }
  }

  private synchronized void endProbe(long permit) {
    if (permit == state) {
      setProbes(probes - 1);
    }
  }

  /** Called under the lock only. */
  private void setProbes(int now) {
    probes = now;
  }

  private synchronized void count(BreakerSettings of, long permit, boolean inTime) {
    if (permit != state) {
      return;
    }
    if (isOpen()) {
      setProbes(probes - 1);
      if (inTime) {
        change();
      }
      return;
    }
    long nowNanos = nanoTime.getAsLong();
    int at = advance(Math.floorDiv(nowNanos, sliceNanos));
    if (inTime) {
      decided[at].increment();
    } else {
      timedOut[at]++;
      long late = Arrays.stream(timedOut).sum();
      long all = late + Arrays.stream(decided).mapToLong(LongAdder::sum).sum();
      if (all >= of.atLeast() && late >= of.ratio() * all) {
        nextProbeNanos = nowNanos + of.probeEvery().toNanos();
        change();
      }
    }
  }

  private void change() {
    clear(SLICES);
    probes = 0;
    // Not a lost update: written under the lock only.
    long next = state + 1;
    state = next;
  }

  /** Clears the slices that begin anew; returns the index of the current one. */
  private int advance(long to) {
    long gone = to - slice;
    if (gone > 0) {
      clear((int) Math.min(gone, SLICES));
      slice = to;
    }
    return Math.floorMod(slice, SLICES);
  }

  /** Clears this many slices after the current one. */
  private void clear(int slices) {
    for (int i = 1; i <= slices; i++) {
      int at = Math.floorMod(slice + i, SLICES);
      decided[at].reset();
      timedOut[at] = 0;
    }
  }
}
