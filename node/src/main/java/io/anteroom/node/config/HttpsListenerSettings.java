// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A listener for DNS over HTTPS (RFC 8484).
 *
 * @param tls null for HTTP without TLS, for a proxy on this machine
 */
public record HttpsListenerSettings(
    String name,
    InetSocketAddress address,
    ConnectionLimits connections,
    @Nullable TlsSettings tls,
    HttpSettings http,
    ClientSettings clients)
    implements ListenerSettings.OnTcp {
  /** The configuration keys of this transport that not all transports have. */
  static final List<String> KEYS =
      Stream.concat(TlsListenerSettings.KEYS.stream(), Stream.of(HttpSettings.KEY)).toList();

  /** A listener with the default settings. */
  public static HttpsListenerSettings of(InetSocketAddress address, TlsSettings tls) {
    return new HttpsListenerSettings(
        ListenerSettings.name(Transport.HTTPS, address),
        address,
        ConnectionLimits.DEFAULTS,
        tls,
        HttpSettings.DEFAULTS,
        ClientSettings.NONE);
  }

  static HttpsListenerSettings read(
      SettingsReader block, String name, InetSocketAddress address, TlsReader tls) {
    boolean off = block.has(TlsReader.KEY) && !block.isBlock(TlsReader.KEY);
    if (off) {
      checkOff(block, address);
    }
    return new HttpsListenerSettings(
        name,
        address,
        ConnectionLimits.read(block),
        off ? null : tls.read(block),
        HttpSettings.read(block.block(HttpSettings.KEY)),
        ClientSettings.read(block, Transport.HTTPS));
  }

  private static void checkOff(SettingsReader block, InetSocketAddress address) {
    if (block.flag(TlsReader.KEY, false)) {
      block.error(TlsReader.KEY, "must be a block with a certificate, or off");
    } else if (!address.getAddress().isLoopbackAddress()) {
      block.error(
          TlsReader.KEY, "may be off only on a loopback address, for a proxy on this machine");
    }
  }

  @Override
  public Transport transport() {
    return Transport.HTTPS;
  }

  @Override
  public <R> R accept(Visitor<R> visitor) {
    return visitor.https(this);
  }
}
