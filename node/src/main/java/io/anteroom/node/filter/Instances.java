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

/** The instances of one filter router, oldest first. Used by the router's thread only. */
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

  /** A live view of all instances; do not add or remove any while iterating. */
  Collection<Instance> all() {
    return byRef.values();
  }

  /** The instance with the most credits; null if no instance has credit. */
  @Nullable Instance mostCredits() {
    Instance best = null;
    for (Instance instance : byRef.values()) {
      if (instance.credits() > 0 && (best == null || instance.credits() > best.credits())) {
        best = instance;
      }
    }
    return best;
  }

  /** Whether any instance takes requests; all of them may be without credit now. */
  boolean isAnyAvailable() {
    for (Instance instance : byRef.values()) {
      if (instance.isAvailable()) {
        return true;
      }
    }
    return false;
  }

  /** The status of each instance. */
  List<FilterStatus.OfInstance> status() {
    List<FilterStatus.OfInstance> each = new ArrayList<>(byRef.size());
    byRef.values().forEach(instance -> each.add(instance.status()));
    return each;
  }
}
