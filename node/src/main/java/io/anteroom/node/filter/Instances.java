// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.protocol.ToInstance;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** The instances that one router knows, in the order in which they came. For its thread. */
final class Instances {
  private final Map<ActorRef<ToInstance>, Instance> byRef = new LinkedHashMap<>();

  void add(Instance instance) {
    byRef.put(instance.ref(), instance);
  }

  @Nullable Instance remove(ActorRef<ToInstance> ref) {
    return byRef.remove(ref);
  }

  @Nullable Instance get(ActorRef<ToInstance> ref) {
    return byRef.get(ref);
  }

  boolean contains(ActorRef<ToInstance> ref) {
    return byRef.containsKey(ref);
  }

  /** All of them, as they are at each moment; not to be changed while it is gone through. */
  Collection<Instance> all() {
    return byRef.values();
  }

  /** The one that may be sent most requests now; null if none may be sent any. */
  @Nullable Instance mostCredits() {
    Instance best = null;
    for (Instance instance : byRef.values()) {
      if (instance.credits() > 0 && (best == null || instance.credits() > best.credits())) {
        best = instance;
      }
    }
    return best;
  }

  /** Whether one takes requests, if not just now. */
  boolean isAnyAvailable() {
    for (Instance instance : byRef.values()) {
      if (instance.isAvailable()) {
        return true;
      }
    }
    return false;
  }

  /** How each does. */
  List<FilterStatus.OfInstance> status() {
    List<FilterStatus.OfInstance> each = new ArrayList<>(byRef.size());
    byRef.values().forEach(instance -> each.add(instance.status()));
    return each;
  }
}
