// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

/**
 * Makes all nodes forget held verdicts of this service ({@link io.anteroom.protocol.Holds}), also
 * nodes that are briefly unreachable. They then ask the filter about later queries again. Methods
 * return immediately, and take effect within milliseconds on reachable nodes. A verdict about a
 * request from before the call is not held, even if the filter returns it afterwards.
 *
 * <p>Thread-safe. Names are in presentation form, such as {@code www.example}; nodes refuse and
 * count text that is not a name. Too many invalidations at the same time become one of all verdicts
 * of the service.
 */
public interface Invalidator {
  /** Forgets verdicts for this name. */
  void invalidate(String name);

  /** Forgets verdicts for this name and all names below it. */
  void invalidateSubtree(String name);

  /** Forgets all verdicts. */
  void invalidateAll();
}
