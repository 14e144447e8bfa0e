// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

/**
 * What one router knows of the instances of its filter service. A service has one router for each
 * cluster that its node is a member of, which are two while it goes from one to another; {@link
 * FilterService#use} decides whose view counts. Written by the router, read by any thread.
 */
public final class ServiceView {
  private volatile boolean available;
  private volatile FilterStatus status = FilterStatus.NONE;

  /**
   * Nothing is known yet.
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
