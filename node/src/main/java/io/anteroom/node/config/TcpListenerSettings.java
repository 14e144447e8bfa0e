// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;
import java.util.List;

/** A listener on TCP. */
public record TcpListenerSettings(
    String name, InetSocketAddress address, ConnectionLimits connections, ClientSettings clients)
    implements ListenerSettings.OnTcp {
  /** The configuration keys of this transport that not all transports have. */
  static final List<String> KEYS = ConnectionLimits.KEYS;

  /** A listener with the default settings. */
  public static TcpListenerSettings of(InetSocketAddress address) {
    return new TcpListenerSettings(
        ListenerSettings.name(Transport.TCP, address),
        address,
        ConnectionLimits.DEFAULTS,
        ClientSettings.NONE);
  }

  static TcpListenerSettings read(SettingsReader block, String name, InetSocketAddress address) {
    return new TcpListenerSettings(
        name, address, ConnectionLimits.read(block), ClientSettings.read(block, Transport.TCP));
  }

  @Override
  public Transport transport() {
    return Transport.TCP;
  }

  @Override
  public <R> R accept(Visitor<R> visitor) {
    return visitor.tcp(this);
  }
}
