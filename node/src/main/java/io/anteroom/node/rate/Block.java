// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

import io.anteroom.node.config.BlockAction;
import io.anteroom.node.config.Netmask;

/**
 * Clients that are blocked for a while. Immutable.
 *
 * @param reason the name of the rule, or what the operator is called
 * @param node that put it up
 * @param byOperator whether a person wanted it; then no rule changes it
 * @param endNanos when it ends, by the clock of this node
 */
public record Block(
    Netmask clients,
    BlockAction action,
    String reason,
    String node,
    boolean byOperator,
    long endNanos) {

  boolean hasEnded(long nanos) {
    return nanos - endNanos >= 0;
  }

  /** How long it still lasts. */
  public long leftMillis(long nanos) {
    return Math.max(0, (endNanos - nanos) / 1_000_000);
  }
}
