// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

/** Why a query that should have been decided by a filter was not. */
public enum Undecided {
  /** Its time was up. */
  TIMEOUT,
  /** A limit was reached. */
  OVERLOAD,
  /** No instance of the service is registered, or this node has no shard of its own. */
  NO_FILTER
}
