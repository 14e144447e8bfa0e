// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import java.time.Duration;
import java.util.Objects;

/**
 * For how long a verdict holds, and for which clients. Until then a node applies it to every query
 * that comes to the same rule with the same name, type, class and upstream pool, without asking the
 * service, even if the service has no instance any more. At a stage with an answer, it applies
 * regardless of what that answer is.
 *
 * <p>A verdict that contains an answer holds no longer than the smallest TTL in it. Its TTLs count
 * down, so that no client caches the answer for longer.
 *
 * @param seconds 0 to 86,400; with 0 the verdict does not hold
 * @param subtree whether it also holds for all names below that of the query
 */
public record Holds(int seconds, Scope scope, boolean subtree) {
  /** One day. */
  public static final int MAX_SECONDS = 86_400;

  /** The verdict does not hold; the filter is asked about the next query. */
  public static final Holds NONE = new Holds(0, Scope.CLIENT, false);

  /** The clients for whose queries a verdict holds. */
  public enum Scope {
    /** Clients with the same address. */
    CLIENT,
    /** All clients. The verdict must not depend on properties of the client. */
    EVERYONE,
    /**
     * Clients with the same identity, whatever their addresses. For a query without an identity,
     * such a verdict does not hold. A node that does not know this scope does not let it hold.
     */
    IDENTITY
  }

  public Holds {
    Objects.requireNonNull(scope, "scope");
    if (seconds < 0 || seconds > MAX_SECONDS) {
      throw new IllegalArgumentException("a verdict holds for 0 to 86400 s, not " + seconds);
    }
  }

  /** Whether the verdict does not hold. */
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
