// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;

/** Settings of one listener that all transports have. Each transport has its own record. */
public sealed interface ListenerSettings
    permits UdpListenerSettings, ListenerSettings.OnTcp, ListenerSettings.OnQuic {
  /** The name for rules. If the configuration has none, it is the transport and the address. */
  String name();

  Transport transport();

  InetSocketAddress address();

  /** How the listener learns about its clients. */
  ClientSettings clients();

  /** Calls the visitor's method for this transport. */
  <R> R accept(Visitor<R> visitor);

  /** Whether the listener uses a TCP port; otherwise it uses a UDP port. */
  default boolean isOnTcp() {
    return this instanceof OnTcp;
  }

  /** Whether both listeners can't be bound at the same time, because they need the same port. */
  default boolean overlaps(ListenerSettings other) {
    return isOnTcp() == other.isOnTcp() && PortCheck.overlap(address(), other.address());
  }

  /** A listener on a TCP port, which needs a file descriptor for each connection. */
  sealed interface OnTcp extends ListenerSettings
      permits TcpListenerSettings, TlsListenerSettings, HttpsListenerSettings {
    ConnectionLimits connections();
  }

  /**
   * A listener for QUIC connections, all of which are on its UDP port. Each query has a stream of
   * its own.
   */
  sealed interface OnQuic extends ListenerSettings
      permits QuicListenerSettings, Https3ListenerSettings {
    ConnectionLimits connections();

    TlsSettings tls();

    /** Streams that are open on one connection at once. */
    int maxStreams();
  }

  /**
   * Code that depends on the transport. There are no default methods, so no transport can be
   * forgotten.
   */
  interface Visitor<R> {
    R udp(UdpListenerSettings settings);

    R tcp(TcpListenerSettings settings);

    R tls(TlsListenerSettings settings);

    R https(HttpsListenerSettings settings);

    R quic(QuicListenerSettings settings);

    R https3(Https3ListenerSettings settings);
  }

  /** The name of a listener that has none in the configuration. */
  static String name(Transport transport, InetSocketAddress address) {
    return transport.word() + " " + Addresses.text(address);
  }
}
