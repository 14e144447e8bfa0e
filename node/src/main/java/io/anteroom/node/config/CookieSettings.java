// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.node.wire.ServerCookies;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Settings of server cookies for clients (RFC 7873).
 *
 * @param secretFile the file with the secrets; null if the nodes of the cluster share a random one
 * @param udpSize the limit in bytes of answers over UDP to clients without a valid cookie
 */
public record CookieSettings(@Nullable Path secretFile, int udpSize) {
  /** The limit for all clients, which is no further limit. */
  private static final int MOST_UDP = 1232;

  private static final int LEAST_UDP = 512;
  private static final String KEY = "cookies";

  /** A secret that the nodes share, and no limit of its own for clients without a cookie. */
  public static final CookieSettings DEFAULT = new CookieSettings(null, MOST_UDP);

  /**
   * Reads the settings; null if they are off.
   *
   * @param existing finds an existing file; its IllegalArgumentException becomes the error
   */
  static @Nullable CookieSettings read(SettingsReader anteroom, Function<String, Path> existing) {
    if (anteroom.has(KEY) && !anteroom.isBlock(KEY)) {
      return anteroom.flag(KEY, true) ? DEFAULT : null;
    }
    SettingsReader block = anteroom.block(KEY);
    Path none = Path.of("");
    Path file = block.parsed("secret-file", none, name -> readable(existing.apply(name)));
    return new CookieSettings(
        file.equals(none) ? null : file,
        block.integer("udp-size-without-cookie", MOST_UDP, LEAST_UDP, MOST_UDP));
  }

  private static Path readable(Path file) {
    try {
      SecretFile.read(file, ServerCookies.SECRET);
      return file;
    } catch (IOException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }
}
