// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

import io.anteroom.node.config.BlockAction;
import io.anteroom.node.config.Netmask;

/**
 * A temporary block of clients. Immutable.
 *
 * @param reason the name of the rule, or a word for the operator
 * @param node the node that created it
 * @param byOperator whether an operator created it; then rules don't change it
 * @param endNanos when it ends, on the clock of this node
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

  /** The remaining time. */
  public long leftMillis(long nanos) {
    return Math.max(0, (endNanos - nanos) / 1_000_000);
  }
}
