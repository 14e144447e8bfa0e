// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.net.InetSocketAddress;
import java.nio.file.Path;

/**
 * Where a node is looked into and told what to do, over HTTP.
 *
 * @param address loopback unless set otherwise; port 0 for any
 * @param tokenFile holds the secret that those who change something must know; made if it is absent
 */
public record AdminSettings(InetSocketAddress address, Path tokenFile) {
  public static final int DEFAULT_PORT = 9153;

  /** As it is when nothing is set. */
  public static AdminSettings defaults() {
    return new AdminSettings(
        new InetSocketAddress(Addresses.literal("127.0.0.1"), DEFAULT_PORT), defaultTokenFile());
  }

  /** In the user's directory for state, where {@code anteroom ctl} looks for it too. */
  public static Path defaultTokenFile() {
    String state = System.getenv("XDG_STATE_HOME");
    Path directory =
        state != null && Path.of(state).isAbsolute()
            ? Path.of(state)
            : Path.of(System.getProperty("user.home", ""), ".local", "state");
    return directory.resolve("anteroom").resolve("admin.token").toAbsolutePath();
  }
}
