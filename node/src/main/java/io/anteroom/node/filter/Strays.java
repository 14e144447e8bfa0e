// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The {@link StrayLimit}s of a cluster, one per member for all its services and instances together,
 * because a member can start any number of instances. Shared by the filter routers of one cluster,
 * on their thread.
 */
public final class Strays {
  /** More than a cluster has; the least recently active member is removed first. */
  static final int MAX_MEMBERS = 1_000;

  /** A restarted filter has another port, so entries of members that have left accumulate. */
  private final Map<Address, StrayLimit> byMember =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Address, StrayLimit> eldest) {
          return size() > MAX_MEMBERS;
        }
      };

  /** Whether one more stray verdict of this actor is processed now. */
  boolean admits(ActorRef<?> from, long nowNanos) {
    return byMember
        .computeIfAbsent(from.path().address(), member -> new StrayLimit(nowNanos))
        .admits(nowNanos);
  }
}
