// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.ServerSettings;
import java.net.InetSocketAddress;

/** The server and transport that an answer came from. */
public record AnswerSource(InetSocketAddress server, Over transport) {
  /** The transports to upstream servers. */
  public enum Over {
    UDP,
    TCP,
    TLS,
    HTTPS,
    QUIC
  }

  static AnswerSource of(ServerSettings server, boolean udp) {
    return new AnswerSource(server.address(), udp ? Over.UDP : overConnection(server));
  }

  private static Over overConnection(ServerSettings server) {
    if (server.carrier() instanceof ServerSettings.Carrier.Https) {
      return Over.HTTPS;
    } else if (server.carrier() instanceof ServerSettings.Carrier.Quic) {
      return Over.QUIC;
    }
    return server.tls() == null ? Over.TCP : Over.TLS;
  }
}
