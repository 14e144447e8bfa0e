// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.flow.Client;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of listeners, from their names: a listener of a dnsdist file has none of its own,
 * so its name is the transport and the address. For one thread.
 */
final class LocalAddresses implements Function<Client, @Nullable InetSocketAddress> {
  private final Map<String, Optional<InetSocketAddress>> known = new HashMap<>();

  @Override
  public @Nullable InetSocketAddress apply(Client client) {
    return known.computeIfAbsent(client.listener(), LocalAddresses::read).orElse(null);
  }

  private static Optional<InetSocketAddress> read(String listener) {
    try {
      return Optional.of(Addresses.withPort(listener.substring(listener.indexOf(' ') + 1)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
