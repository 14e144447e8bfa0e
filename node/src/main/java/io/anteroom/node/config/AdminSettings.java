// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.net.InetSocketAddress;
import java.nio.file.Path;

/**
 * Settings of the HTTP interface for operators.
 *
 * @param address the address to bind, by default loopback; port 0 for any
 * @param tokenFile the file with the token for changes; created if it does not exist
 */
public record AdminSettings(InetSocketAddress address, Path tokenFile) {
  public static final int DEFAULT_PORT = 9153;

  /** The default settings. */
  public static AdminSettings defaults() {
    return new AdminSettings(
        new InetSocketAddress(Addresses.literal("127.0.0.1"), DEFAULT_PORT), defaultTokenFile());
  }

  /** A path that starts at the user's home if it begins with {@code ~/}, else at the directory. */
  static Path path(Path directory, String file) {
    String home = System.getProperty("user.home", "");
    Path path = file.startsWith("~/") ? Path.of(home, file.substring(2)) : Path.of(file);
    return directory.toAbsolutePath().resolve(path).normalize();
  }

  /** The file in the user's state directory, where {@code anteroom ctl} looks for it too. */
  public static Path defaultTokenFile() {
    String state = System.getenv("XDG_STATE_HOME");
    Path directory =
        state != null && Path.of(state).isAbsolute()
            ? Path.of(state)
            : Path.of(System.getProperty("user.home", ""), ".local", "state");
    return directory.resolve("anteroom").resolve("admin.token").toAbsolutePath();
  }
}
