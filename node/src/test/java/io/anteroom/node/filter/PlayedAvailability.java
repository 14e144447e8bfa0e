// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

/** Instances for tests that have no router. */
public final class PlayedAvailability {
  private PlayedAvailability() {}

  /** Says whether the service has an instance. */
  public static void set(FilterService service, boolean available) {
    service.view().setAvailable(available);
  }
}
