// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.flow;

/** Why there is no verdict for a query. */
public enum Undecided {
  /** The deadline has passed, or the filter has no usable verdict. */
  TIMEOUT,
  /** A limit was reached, such as that of requests that wait for credit. */
  OVERLOAD,
  /** No instance of the service is registered, or this node has no shard of its own. */
  NO_FILTER
}
