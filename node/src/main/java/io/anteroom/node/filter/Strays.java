// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import java.util.HashMap;
import java.util.Map;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * The {@link StrayLimit}s of all members of a cluster, whatever service they filter for and in the
 * name of however many instances: an instance costs its member nothing. Shared by the dispatchers
 * of one cluster, on their thread.
 */
public final class Strays {
  /** Members with a limit of their own; the rest have one together. */
  static final int MAX_MEMBERS = 1_000;

  private final Map<Address, StrayLimit> byMember = new HashMap<>();
  private @Nullable StrayLimit others;

  /** Whether one more verdict of this actor is looked into now, though nobody asked for it here. */
  boolean admits(ActorRef<?> from, long nowNanos) {
    return limit(from.path().address(), nowNanos).admits(nowNanos);
  }

  private StrayLimit limit(Address member, long nowNanos) {
    StrayLimit own = byMember.get(member);
    if (own == null && byMember.size() < MAX_MEMBERS) {
      own = new StrayLimit(nowNanos);
      byMember.put(member, own);
    } else if (own == null) {
      own = others == null ? new StrayLimit(nowNanos) : others;
      others = own;
    }
    return own;
  }
}
