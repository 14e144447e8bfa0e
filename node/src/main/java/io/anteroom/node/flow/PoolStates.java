// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

import java.util.function.Predicate;

/**
 * Tells rules whether an upstream pool is usable. It asks the function given to {@link #askAt}.
 * Safe for any thread.
 */
public final class PoolStates {
  private volatile Predicate<String> usable = pool -> true;

  /**
   * Sets the function that knows the state of a pool. Before the first call every pool counts as
   * usable.
   */
  public void askAt(Predicate<String> node) {
    usable = node;
  }

  /** Whether the pool of this name has a server that is not down. */
  public boolean isUsable(String pool) {
    return usable.test(pool);
  }
}
