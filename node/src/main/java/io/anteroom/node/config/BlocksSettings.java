// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.util.List;
import java.util.stream.Stream;

/**
 * Settings of dynamic blocks.
 *
 * @param exclude clients that rules never block
 */
public record BlocksSettings(List<Netmask> exclude, List<BlockRule> rules) {
  /** The loopback networks. */
  static final List<Netmask> LOOPBACK =
      Stream.of("127.0.0.0/8", "::1").map(Netmask::parse).toList();

  public BlocksSettings {
    exclude = List.copyOf(exclude);
    rules = List.copyOf(rules);
  }
}
