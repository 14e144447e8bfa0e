// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rate;

/** The decision of response rate limiting about a response. */
public enum RrlDecision {
  SEND,
  /** Send TC=1 and no records; a real client retries over TCP. */
  TRUNCATE,
  DROP
}
