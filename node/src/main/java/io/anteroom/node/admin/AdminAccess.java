// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import java.net.InetSocketAddress;

/**
 * The listening address of the HTTP interface, and the token that authorizes changes and, if it is
 * not a loopback address, every request.
 */
public record AdminAccess(InetSocketAddress address, AdminToken token) {
  /** Whether it is reachable from this machine only. */
  boolean isLoopback() {
    return address.getAddress().isLoopbackAddress();
  }
}
