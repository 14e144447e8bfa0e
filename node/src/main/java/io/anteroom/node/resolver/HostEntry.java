// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import java.net.InetAddress;
import java.util.List;

/**
 * The content of {@code struct hostent}.
 *
 * @param name the official name, without a final dot
 * @param aliases other names for it
 */
public record HostEntry(String name, List<String> aliases, List<InetAddress> addresses) {
  public HostEntry {
    aliases = List.copyOf(aliases);
    addresses = List.copyOf(addresses);
  }
}
