// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.nio.charset.StandardCharsets;

/**
 * Answers to queries of class CH about the node (RFC 4892).
 *
 * @param version the answer for {@code version.bind} and {@code version.server}; empty to refuse
 *     them
 * @param id the answer for {@code id.server} and {@code hostname.bind}; empty to refuse them
 */
public record IdentitySettings(String version, String id) {
  /** Refuses all. */
  public static final IdentitySettings NONE = new IdentitySettings("", "");

  private static final int LONGEST = 255;

  static IdentitySettings read(SettingsReader block) {
    return new IdentitySettings(
        block.parsed("version", "", IdentitySettings::checked),
        block.parsed("id", "", IdentitySettings::checked));
  }

  /** Checks that a text fits into one string of a TXT record. */
  private static String checked(String text) {
    if (text.getBytes(StandardCharsets.UTF_8).length > LONGEST) {
      throw new IllegalArgumentException("must have at most 255 bytes");
    }
    return text;
  }
}
