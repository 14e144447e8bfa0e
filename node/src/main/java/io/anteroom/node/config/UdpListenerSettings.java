// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * A listener on UDP.
 *
 * @param receiveBuffer SO_RCVBUF in bytes
 */
public record UdpListenerSettings(
    String name, InetSocketAddress address, int receiveBuffer, ClientSettings clients)
    implements ListenerSettings {
  private static final int DEFAULT_RECEIVE_BUFFER = 4 << 20;

  /** The configuration keys of this transport that not all transports have. */
  static final List<String> KEYS = List.of("receive-buffer");

  /** A listener with the default settings. */
  public static UdpListenerSettings of(InetSocketAddress address) {
    return new UdpListenerSettings(
        ListenerSettings.name(Transport.UDP, address),
        address,
        DEFAULT_RECEIVE_BUFFER,
        ClientSettings.NONE);
  }

  static UdpListenerSettings read(SettingsReader block, String name, InetSocketAddress address) {
    return new UdpListenerSettings(
        name,
        address,
        block.size("receive-buffer", DEFAULT_RECEIVE_BUFFER, 4 << 10, 1 << 30),
        ClientSettings.read(block, Transport.UDP));
  }

  @Override
  public Transport transport() {
    return Transport.UDP;
  }

  @Override
  public <R> R accept(Visitor<R> visitor) {
    return visitor.udp(this);
  }
}
