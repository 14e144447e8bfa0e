// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.stream.Stream;

/** A listener for DNS over TLS (RFC 7858). */
public record TlsListenerSettings(
    String name,
    InetSocketAddress address,
    ConnectionLimits connections,
    TlsSettings tls,
    ClientSettings clients)
    implements ListenerSettings.OnTcp {
  /** The configuration keys of this transport that not all transports have. */
  static final List<String> KEYS =
      Stream.concat(ConnectionLimits.KEYS.stream(), Stream.of(TlsReader.KEY)).toList();

  /** A listener with the default settings. */
  public static TlsListenerSettings of(InetSocketAddress address, TlsSettings tls) {
    return new TlsListenerSettings(
        ListenerSettings.name(Transport.TLS, address),
        address,
        ConnectionLimits.DEFAULTS,
        tls,
        ClientSettings.NONE);
  }

  static TlsListenerSettings read(
      SettingsReader block, String name, InetSocketAddress address, TlsReader tls) {
    return new TlsListenerSettings(
        name,
        address,
        ConnectionLimits.read(block),
        tls.read(block),
        ClientSettings.read(block, Transport.TLS));
  }

  @Override
  public Transport transport() {
    return Transport.TLS;
  }

  @Override
  public <R> R accept(Visitor<R> visitor) {
    return visitor.tls(this);
  }
}
