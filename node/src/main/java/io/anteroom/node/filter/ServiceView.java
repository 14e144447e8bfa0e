// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

/**
 * What one filter router knows of its instances, for other threads. A service has one router per
 * cluster that the node is a member of (two while the node changes clusters); {@link
 * FilterService#use} selects the view that counts. Written by the router, read by any thread.
 */
public final class ServiceView {
  private volatile boolean available;
  private volatile FilterStatus status = FilterStatus.NONE;

  /**
   * Creates the view of a router that knows no instance yet.
   *
   * @param available whether queries may be suspended before an instance is known
   */
  public ServiceView(boolean available) {
    this.available = available;
  }

  /** Whether an instance is registered that has granted credits, or the service is a group. */
  public boolean isAvailable() {
    return available;
  }

  FilterStatus status() {
    return status;
  }

  void publish(FilterStatus now) {
    status = now;
  }

  void setAvailable(boolean now) {
    available = now;
  }
}
