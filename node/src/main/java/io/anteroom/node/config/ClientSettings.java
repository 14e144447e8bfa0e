// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.protocol.Transport;
import org.jspecify.annotations.Nullable;

/**
 * How a listener learns about its clients, other than from the addresses of their packets.
 *
 * @param proxy the proxies in front of it; null for none
 * @param identity what tells who a client is
 */
public record ClientSettings(@Nullable ProxySettings proxy, IdentitySource identity) {
  /** There are no proxies, and nobody is known. */
  public static final ClientSettings NONE = new ClientSettings(null, IdentitySource.NONE);

  static ClientSettings read(SettingsReader listener, Transport transport) {
    ProxySettings proxy = ProxySettings.read(listener);
    return new ClientSettings(
        proxy, IdentitySource.read(listener, transport.word(), proxy != null));
  }

  /** Those of a listener on QUIC, before which a proxy can't tell its client's address. */
  static ClientSettings withoutProxy(SettingsReader listener, Transport transport) {
    if (listener.has(ProxySettings.KEY)) {
      listener.error(ProxySettings.KEY, "is not for a listener on " + transport.word());
    }
    return new ClientSettings(null, IdentitySource.read(listener, transport.word(), false));
  }
}
