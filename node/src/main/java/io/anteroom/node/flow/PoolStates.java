// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import java.util.function.Predicate;

/**
 * Tells rules whether an upstream pool can be used, once the node has told it where to look. Safe
 * for any thread.
 */
public final class PoolStates {
  private volatile Predicate<String> usable = pool -> true;

  /** Has a running node answer from now on; until then every pool is thought to be well. */
  public void askAt(Predicate<String> node) {
    usable = node;
  }

  /** Whether the pool of this name has a server that is not down. */
  public boolean isUsable(String pool) {
    return usable.test(pool);
  }
}
