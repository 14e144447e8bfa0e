// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * The addresses of a name, the one to try first in front.
 *
 * @param name the canonical one (ai_canonname), where all aliases lead, without a dot at its end
 * @param aliases other names for it, that which was asked for among them
 * @param port of the service that was asked for; 0 if none was
 */
public record AddressInfo(String name, List<String> aliases, List<Entry> entries, int port) {
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

  /** The addresses with the port of the service, to be connected to in this order. */
  public List<InetSocketAddress> socketAddresses() {
    return entries.stream().map(entry -> new InetSocketAddress(entry.address(), port)).toList();
  }

  AddressInfo withPort(int other) {
    return new AddressInfo(name, aliases, entries, other);
  }
}
