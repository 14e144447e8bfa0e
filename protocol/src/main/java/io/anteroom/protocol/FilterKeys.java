// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import org.apache.pekko.actor.typed.receptionist.ServiceKey;

/** Where the instances of a filter service are found. */
public final class FilterKeys {
  /** The cluster role of a member that only filters. */
  public static final String FILTER_ROLE = "filter";

  /** The cluster role of a node. */
  public static final String NODE_ROLE = "node";

  /** The name of the ActorSystem, which all members of a cluster share. */
  public static final String SYSTEM = "anteroom";

  private FilterKeys() {}

  /** The Receptionist's key of the service with this asyncID. */
  public static ServiceKey<ToInstance> instances(int asyncId) {
    return ServiceKey.create(ToInstance.class, "anteroom-filter-" + asyncId);
  }
}
