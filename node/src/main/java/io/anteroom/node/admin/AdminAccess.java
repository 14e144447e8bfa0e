// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import java.net.InetSocketAddress;

/** Where the HTTP interface listens, and whom it obeys. */
public record AdminAccess(InetSocketAddress address, AdminToken token) {
  /** Whether the users of this machine alone can reach it. */
  boolean isLoopback() {
    return address.getAddress().isLoopbackAddress();
  }
}
