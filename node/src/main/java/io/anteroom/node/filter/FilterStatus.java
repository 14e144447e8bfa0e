// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.protocol.ToInstance;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The number of requests and the instances of one filter router at one time.
 *
 * @param queued number of requests that wait for credit
 * @param pending number of requests without a verdict, including queued ones
 */
public record FilterStatus(int queued, int pending, List<OfInstance> instances) {
  static final FilterStatus NONE = new FilterStatus(0, 0, List.of());

  public FilterStatus {
    instances = List.copyOf(instances);
  }

  /**
   * The state of one instance.
   *
   * @param granted number of requests that it takes at once
   * @param credits number of credits left
   * @param outstanding number of requests sent to it whose queries still wait
   */
  public record OfInstance(ActorRef<ToInstance> ref, int granted, int credits, int outstanding) {}

  /** Number of requests at all instances whose queries still wait. */
  public int outstanding() {
    return instances.stream().mapToInt(OfInstance::outstanding).sum();
  }

  /** Number of credits left at all instances. */
  public int credits() {
    return instances.stream().mapToInt(OfInstance::credits).sum();
  }
}
