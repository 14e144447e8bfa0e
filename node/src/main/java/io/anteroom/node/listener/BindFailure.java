// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import java.io.IOException;

/** Why a socket could not be bound, in words for the operator. */
final class BindFailure {
  private static final int FIRST_FREE_FOR_ALL = 1_024;

  private BindFailure() {}

  static String reason(IOException e) {
    String message = String.valueOf(e.getMessage());
    if (message.contains("Address already in use")) {
      return "address already in use";
    }
    return message.contains("Permission denied") ? "permission denied" : message;
  }

  /** What to do about it, with a semicolon before it; nothing if that is not known. */
  static String advice(int port, IOException e) {
    return port < FIRST_FREE_FOR_ALL && reason(e).equals("permission denied")
        ? ("; a port below %d needs the capability CAP_NET_BIND_SERVICE (AmbientCapabilities= in a"
                + " systemd unit), or sysctl net.ipv4.ip_unprivileged_port_start=%d")
            .formatted(FIRST_FREE_FOR_ALL, port)
        : "";
  }
}
