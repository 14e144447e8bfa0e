// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

import java.util.List;

/** Blocks for tests that have no {@link BlockKeeper}. */
public final class BlockedClients {
  private BlockedClients() {}

  /** Has these clients be blocked, and no others. */
  public static void set(Limits limits, List<Block> blocks) {
    limits.blocked(blocks);
  }
}
