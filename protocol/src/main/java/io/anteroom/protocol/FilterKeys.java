// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import org.apache.pekko.actor.typed.receptionist.ServiceKey;

/** Names under which members and filter instances find each other. */
public final class FilterKeys {
  /** The cluster role of a member that is only a filter. */
  public static final String FILTER_ROLE = "filter";

  /** The cluster role of a node. */
  public static final String NODE_ROLE = "node";

  /** The name of the ActorSystem, which is the same in all members of a cluster. */
  public static final String SYSTEM = "anteroom";

  private FilterKeys() {}

  /** The Receptionist key for instances of the service with this asyncID. */
  public static ServiceKey<ToInstance> instances(int asyncId) {
    return ServiceKey.create(ToInstance.class, "anteroom-filter-" + asyncId);
  }
}
