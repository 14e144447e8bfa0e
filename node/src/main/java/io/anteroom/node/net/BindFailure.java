// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.net;

import java.nio.channels.UnresolvedAddressException;
import org.jspecify.annotations.Nullable;

/** Explains to the operator why a socket could not be bound, and what to do about it. */
public final class BindFailure {
  private static final int FIRST_FREE_FOR_ALL = 1_024;

  private BindFailure() {}

  /**
   * Returns the reason.
   *
   * @param failure the exception of the JDK, Netty or Pekko; its cause may have the reason
   */
  public static String reason(int port, Throwable failure) {
    for (Throwable e = failure; e != null; e = e.getCause()) {
      String known = known(port, e);
      if (known != null) {
        return known;
      }
    }
    return failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }

  private static @Nullable String known(int port, Throwable e) {
    String message = String.valueOf(e.getMessage());
    if (message.contains("Address already in use")) {
      return "address already in use";
    } else if (message.contains("Cannot assign requested address")) {
      return "the machine has no such address";
    } else if (message.contains("Permission denied")) {
      return "permission denied" + advice(port);
    }
    return e instanceof UnresolvedAddressException ? "there is no such host" : null;
  }

  private static String advice(int port) {
    return port >= FIRST_FREE_FOR_ALL
        ? ""
        : ("; a port below %d needs the capability CAP_NET_BIND_SERVICE (AmbientCapabilities= in a"
                + " systemd unit), or sysctl net.ipv4.ip_unprivileged_port_start=%d")
            .formatted(FIRST_FREE_FOR_ALL, port);
  }
}
