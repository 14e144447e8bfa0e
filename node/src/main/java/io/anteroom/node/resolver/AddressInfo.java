// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import java.net.InetAddress;
import java.util.List;

/**
 * The addresses of a name, the one to try first in front.
 *
 * @param name the official one, without a dot at its end
 * @param aliases other names for it, that which was asked for among them
 */
public record AddressInfo(String name, List<String> aliases, List<Entry> entries) {
  /**
   * One address.
   *
   * @param ttlSeconds how long it holds; 0 if it is not from the DNS
   */
  public record Entry(InetAddress address, long ttlSeconds) {}

  public AddressInfo {
    aliases = List.copyOf(aliases);
    entries = List.copyOf(entries);
  }

  public List<InetAddress> addresses() {
    return entries.stream().map(Entry::address).toList();
  }
}
