// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import java.time.Duration;
import java.util.Objects;

/**
 * For how long a verdict holds, and for whom. Until then a node gives it again to whatever query
 * comes to the same rule, for the same name, type and class and the same upstream pool, without
 * asking the service: also if the service has gone. At a stage with an answer it is given again
 * whatever the answer is by then.
 *
 * <p>A verdict that has the answer in it holds no longer than the smallest TTL in there, and its
 * TTLs count down, so that no client keeps it for longer than that.
 *
 * @param seconds 0 to 86,400; 0 is not at all
 * @param subtree whether it holds for all names below that of the query too
 */
public record Holds(int seconds, Scope scope, boolean subtree) {
  /** A day. */
  public static final int MAX_SECONDS = 86_400;

  /** Not at all: the next query is asked about. */
  public static final Holds NONE = new Holds(0, Scope.CLIENT, false);

  /** Whose queries a verdict is for. */
  public enum Scope {
    /** Those from the same address. */
    CLIENT,
    /** All. What the filter knows of the client must not have mattered. */
    EVERYONE
  }

  public Holds {
    Objects.requireNonNull(scope, "scope");
    if (seconds < 0 || seconds > MAX_SECONDS) {
      throw new IllegalArgumentException("a verdict holds for 0 to 86400 s, not " + seconds);
    }
  }

  /** Whether it does not hold at all. */
  public boolean isNone() {
    return seconds == 0;
  }

  Holds lasting(Duration time) {
    if (time.isNegative() || time.compareTo(Duration.ofSeconds(MAX_SECONDS)) > 0) {
      throw new IllegalArgumentException("a verdict holds for zero to a day, not " + time);
    }
    return new Holds((int) time.toSeconds(), scope, subtree);
  }

  Holds with(Scope other) {
    return new Holds(seconds, other, subtree);
  }

  Holds withSubtree() {
    return new Holds(seconds, scope, true);
  }
}
