// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.nio.charset.StandardCharsets;

/**
 * What a node says of itself to who asks in class CH (RFC 4892).
 *
 * @param version what {@code version.bind} and {@code version.server} say; empty to refuse them
 * @param id what {@code id.server} and {@code hostname.bind} say; empty to refuse them
 */
public record IdentitySettings(String version, String id) {
  /** Says nothing. */
  public static final IdentitySettings NONE = new IdentitySettings("", "");

  private static final int LONGEST = 255;

  static IdentitySettings read(SettingsReader block) {
    return new IdentitySettings(
        block.parsed("version", "", IdentitySettings::checked),
        block.parsed("id", "", IdentitySettings::checked));
  }

  /** One string of a TXT record. */
  private static String checked(String text) {
    if (text.getBytes(StandardCharsets.UTF_8).length > LONGEST) {
      throw new IllegalArgumentException("must have at most 255 bytes");
    }
    return text;
  }
}
