// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The proxies of a listener, which send the address of their client in a header of the PROXY
 * protocol, version 2.
 *
 * @param from their addresses. A header is required from there, and not expected from elsewhere
 * @param timeout from the start of a connection to the end of its header
 * @param aclForProxies whether the access control list is for the proxies, so that all clients of a
 *     proxy in it may ask; otherwise it is for the clients that headers name
 */
public record ProxySettings(NetmaskSet from, Duration timeout, boolean aclForProxies) {
  static final String KEY = "proxy-protocol";

  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  /** Reads the block {@code proxy-protocol} of a listener; null if there is none. */
  static @Nullable ProxySettings read(SettingsReader listener) {
    if (!listener.has(KEY)) {
      return null;
    }
    SettingsReader block = listener.block(KEY);
    block.word("version", 2, Map.of("v2", 2));
    List<Netmask> from =
        block.require("from") ? block.list("from", List::of, Netmask::parse) : List.of();
    if (block.isEmptyList("from")) {
      block.error("from", "must name one proxy at least");
    }
    return new ProxySettings(
        NetmaskSet.of(from),
        block.duration("timeout", TIMEOUT, Duration.ofMillis(10), Duration.ofMinutes(1)),
        block.word("acl", false, Map.of("clients", false, "proxies", true)));
  }
}
