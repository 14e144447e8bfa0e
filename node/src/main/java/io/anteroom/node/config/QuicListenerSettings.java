// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;
import java.util.List;

/** A listener for DNS over dedicated QUIC connections (RFC 9250). */
public record QuicListenerSettings(
    String name,
    InetSocketAddress address,
    ConnectionLimits connections,
    TlsSettings tls,
    ClientSettings clients)
    implements ListenerSettings.OnQuic {
  /** The configuration keys of this transport that not all transports have. */
  static final List<String> KEYS = TlsListenerSettings.KEYS;

  /** A listener with the default settings. */
  public static QuicListenerSettings of(InetSocketAddress address, TlsSettings tls) {
    return new QuicListenerSettings(
        ListenerSettings.name(Transport.QUIC, address),
        address,
        ConnectionLimits.DEFAULTS,
        tls,
        ClientSettings.NONE);
  }

  static QuicListenerSettings read(
      SettingsReader block, String name, InetSocketAddress address, TlsReader tls) {
    return new QuicListenerSettings(
        name,
        address,
        ConnectionLimits.read(block),
        tls.readForQuic(block),
        ClientSettings.withoutProxy(block, Transport.QUIC));
  }

  @Override
  public int maxStreams() {
    return connections.maxPipelined();
  }

  @Override
  public Transport transport() {
    return Transport.QUIC;
  }

  @Override
  public <R> R accept(Visitor<R> visitor) {
    return visitor.quic(this);
  }
}
