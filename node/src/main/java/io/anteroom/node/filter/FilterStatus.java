// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.protocol.ToInstance;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * What the router of a filter service on one node has to do, at some time.
 *
 * @param queued requests that wait for credit
 * @param pending requests without a verdict, queued ones included
 */
public record FilterStatus(int queued, int pending, List<OfInstance> instances) {
  static final FilterStatus NONE = new FilterStatus(0, 0, List.of());

  public FilterStatus {
    instances = List.copyOf(instances);
  }

  /**
   * One instance.
   *
   * @param granted how many requests it takes at once
   * @param credits how many more it takes now
   * @param outstanding requests it has, whose queries still wait
   */
  public record OfInstance(ActorRef<ToInstance> ref, int granted, int credits, int outstanding) {}

  /** Requests that instances have, whose queries still wait. */
  public int outstanding() {
    return instances.stream().mapToInt(OfInstance::outstanding).sum();
  }

  /** How many more requests the instances take now. */
  public int credits() {
    return instances.stream().mapToInt(OfInstance::credits).sum();
  }
}
