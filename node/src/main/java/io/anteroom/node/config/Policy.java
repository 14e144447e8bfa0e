// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

/** What happens to a query when its filter service does not decide. */
public enum Policy {
  CONTINUE,
  SERVFAIL,
  REFUSE,
  NXDOMAIN,
  DROP
}
