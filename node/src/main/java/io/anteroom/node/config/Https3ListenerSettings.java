// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;
import java.util.List;

/** A listener for DNS over HTTPS (RFC 8484) in HTTP/3 (RFC 9114). */
public record Https3ListenerSettings(
    String name,
    InetSocketAddress address,
    ConnectionLimits connections,
    TlsSettings tls,
    HttpSettings http,
    ClientSettings clients)
    implements ListenerSettings.OnQuic {
  /** The configuration keys of this transport that not all transports have. */
  static final List<String> KEYS = HttpsListenerSettings.KEYS;

  /** A listener with the default settings. */
  public static Https3ListenerSettings of(InetSocketAddress address, TlsSettings tls) {
    return new Https3ListenerSettings(
        ListenerSettings.name(Transport.HTTPS3, address),
        address,
        ConnectionLimits.DEFAULTS,
        tls,
        HttpSettings.DEFAULTS,
        ClientSettings.NONE);
  }

  static Https3ListenerSettings read(
      SettingsReader block, String name, InetSocketAddress address, TlsReader tls) {
    return new Https3ListenerSettings(
        name,
        address,
        ConnectionLimits.read(block),
        tls.readForQuic(block),
        HttpSettings.read(block.block(HttpSettings.KEY)),
        ClientSettings.withoutProxy(block, Transport.HTTPS3));
  }

  @Override
  public int maxStreams() {
    return http.maxStreams();
  }

  @Override
  public Transport transport() {
    return Transport.HTTPS3;
  }

  @Override
  public <R> R accept(Visitor<R> visitor) {
    return visitor.https3(this);
  }
}
