// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * The addresses of a name, in the order in which they should be tried.
 *
 * @param name the canonical name (ai_canonname) at the end of all aliases, without a final dot
 * @param aliases other names for it, including the one that was looked up
 * @param port the port of the requested service; 0 if none was requested
 */
public record AddressInfo(String name, List<String> aliases, List<Entry> entries, int port) {
  /**
   * One address.
   *
   * @param ttlSeconds the TTL; 0 if the address is not from the DNS
   */
  public record Entry(InetAddress address, long ttlSeconds) {}

  public AddressInfo {
    aliases = List.copyOf(aliases);
    entries = List.copyOf(entries);
  }

  public List<InetAddress> addresses() {
    return entries.stream().map(Entry::address).toList();
  }

  /** The addresses with the port of the service, in this order. */
  public List<InetSocketAddress> socketAddresses() {
    return entries.stream().map(entry -> new InetSocketAddress(entry.address(), port)).toList();
  }

  AddressInfo withPort(int other) {
    return new AddressInfo(name, aliases, entries, other);
  }
}
