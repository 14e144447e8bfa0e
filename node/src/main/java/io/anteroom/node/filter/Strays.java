// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The {@link StrayLimit}s of all members of a cluster, whatever service they filter for and in the
 * name of however many instances: an instance costs its member nothing. Shared by the routers of
 * one cluster, on their thread.
 */
public final class Strays {
  /** More than a cluster has; those that have sent none for longest are forgotten. */
  static final int MAX_MEMBERS = 1_000;

  /** A filter that is started again has another port, so members that have gone pile up. */
  private final Map<Address, StrayLimit> byMember =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Address, StrayLimit> eldest) {
          return size() > MAX_MEMBERS;
        }
      };

  /** Whether one more verdict of this actor is looked into now, though nobody asked for it here. */
  boolean admits(ActorRef<?> from, long nowNanos) {
    return byMember
        .computeIfAbsent(from.path().address(), member -> new StrayLimit(nowNanos))
        .admits(nowNanos);
  }
}
