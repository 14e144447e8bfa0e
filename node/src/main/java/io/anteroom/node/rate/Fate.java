// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

/** What becomes of a response. */
public enum Fate {
  SEND,
  /** TC=1 and no records: who really asked comes back over TCP. */
  TRUNCATE,
  DROP
}
