// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.BreakerSettings;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Leaves a filter service alone that times out, and asks it now and then whether it decides again.
 * One for each service and node. Safe for any thread. What ends in time while the breaker is
 * closed, which is the rule, takes no lock; a count that comes while its slice is emptied may be
 * lost.
 *
 * <p><b>Closed</b>, as it begins, it lets every suspension through and counts how they end: at
 * their deadline or by a verdict. The window is eleven slices of a tenth of its length, the newest
 * of them still filling, so it looks back for the whole length and at most a tenth more. When
 * enough have ended, and too many of them at their deadline, it opens.
 *
 * <p><b>Open</b>, it lets one suspension through at a time set apart, as a probe; the first that is
 * decided in time closes it, and counting begins anew.
 *
 * <p><b>Permits.</b> A permit is the number of the state in which it was given, so what began
 * before the breaker last opened or closed says nothing about the service as it is now, and is not
 * counted; and while it is open, only probes are.
 */
public final class CircuitBreaker {
  /** In the place of a permit: the service is not to be asked. */
  public static final long REFUSED = -1;

  /** The permit of a breaker that is switched off. */
  private static final long ALWAYS = -2;

  private static final int SLICES = 11;

  /** How it stands, for those who look. */
  public enum State {
    /** It is switched off, and never opens. */
    OFF,
    /** The service is asked. */
    CLOSED,
    /** The service is left alone. */
    OPEN,
    /** The service is left alone but for a probe, which waits for it now. */
    PROBING;

    /** As operators and metrics have it. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final @Nullable BreakerSettings settings;
  private final LongSupplier nanoTime;
  private final long sliceNanos;
  private final LongAdder[] decided = new LongAdder[SLICES];
  private final int[] timedOut = new int[SLICES];

  /** Even when closed, odd when open. */
  private volatile long state;

  /** How many probes wait; changed under the lock, and 0 when closed. */
  private volatile int probes;

  private volatile long slice;
  private long nextProbeNanos;

  /**
   * A closed breaker.
   *
   * @param settings null for one that never opens
   */
  public CircuitBreaker(@Nullable BreakerSettings settings, LongSupplier nanoTime) {
    this.settings = settings;
    this.nanoTime = nanoTime;
    this.sliceNanos =
        settings == null ? 1 : Math.max(1, settings.window().toNanos() / (SLICES - 1));
    this.slice = Math.floorDiv(nanoTime.getAsLong(), sliceNanos);
    Arrays.setAll(decided, i -> new LongAdder());
  }

  /** Whether the service is left alone. */
  public boolean isOpen() {
    return isOpen(state);
  }

  /** How it stands, as of now. */
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
   * A permit to suspend, to be handed back with {@link #ended} or {@link #endedOtherwise}; or
   * {@link #REFUSED}.
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
   * A suspension has ended.
   *
   * @param permit what it was permitted with
   * @param inTime whether the service decided; false if its time was up
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

  /** A suspension has ended, or has not begun after all, for a reason that is not the service's. */
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

  /** Only ever called under the lock. */
  private void setProbes(int now) {
    // One that the service's breaker before this one let through is none of this one's.
    probes = Math.max(0, now);
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
    // Only ever changed under the lock.
    long next = state + 1;
    state = next;
  }

  /** Empties the slices that were not there before; returns the index of the current one. */
  private int advance(long to) {
    long gone = to - slice;
    if (gone > 0) {
      clear((int) Math.min(gone, SLICES));
      slice = to;
    }
    return Math.floorMod(slice, SLICES);
  }

  /** Empties that many slices after the current one. */
  private void clear(int slices) {
    for (int i = 1; i <= slices; i++) {
      int at = Math.floorMod(slice + i, SLICES);
      decided[at].reset();
      timedOut[at] = 0;
    }
  }
}
