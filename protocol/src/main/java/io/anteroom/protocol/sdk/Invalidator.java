// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

/**
 * Makes all nodes forget verdicts of this service that hold ({@link io.anteroom.protocol.Holds}),
 * also nodes that are away for a moment. What they are asked after that comes to the filter again.
 * It returns at once, and takes effect within milliseconds on nodes that can be reached. A verdict
 * about a request that was made before is not kept, even if it is given afterwards.
 *
 * <p>Any thread may use it. A name is one in presentation form, such as {@code www.example}; what
 * is none is refused by the nodes and counted there. Of very many at once, all verdicts of the
 * service are forgotten.
 */
public interface Invalidator {
  /** Forgets the verdicts about this name. */
  void invalidate(String name);

  /** Forgets the verdicts about this name and all below it. */
  void invalidateSubtree(String name);

  /** Forgets all verdicts. */
  void invalidateAll();
}
