// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.config.ConnectorSettings;
import io.anteroom.node.lua.LuaFailure;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of Unix sockets as scripts write them: a path, or a name in the abstract namespace
 * of Linux, which begins with a NUL.
 */
final class UnixAddresses {
  private UnixAddresses() {}

  /**
   * Checks an argument of a script.
   *
   * @throws LuaFailure if it can't be the address of a socket
   */
  static String of(@Nullable Object argument, String function) throws LuaFailure {
    if (!(argument instanceof String path) || path.isEmpty()) {
      throw new LuaFailure(function + ": the path of a socket is text, and not empty");
    } else if (path.getBytes(StandardCharsets.UTF_8).length > ConnectorSettings.Unix.MAX_PATH) {
      throw new LuaFailure(
          "%s: the path of a socket has at most %d bytes: %s"
              .formatted(function, ConnectorSettings.Unix.MAX_PATH, text(path)));
    } else if (path.indexOf('\0', 1) > 0) {
      throw new LuaFailure(function + ": the path of a socket has no NUL but the first one");
    }
    return path;
  }

  static boolean isAbstract(String path) {
    return path.charAt(0) == '\0';
  }

  /** The file; absolute, so that its directory is known. */
  static Path file(String path) {
    return Path.of(path).toAbsolutePath();
  }

  static DomainSocketAddress address(String path) {
    return new DomainSocketAddress(path);
  }

  /** An address for people. */
  static String text(String path) {
    return isAbstract(path) ? "@" + path.substring(1) : path;
  }
}
