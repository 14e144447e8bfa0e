// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;

/** One listener: what the listeners of all transports have. Each transport has its own record. */
public sealed interface ListenerSettings permits UdpListenerSettings, ListenerSettings.OnTcp {
  /** The name for rules; transport and address if the configuration gives none. */
  String name();

  Transport transport();

  InetSocketAddress address();

  /** Calls the method of the visitor that is for this transport. */
  <R> R accept(Visitor<R> visitor);

  /** Whether the port is one of TCP; if not, it is one of UDP. */
  default boolean isOnTcp() {
    return this instanceof OnTcp;
  }

  /** Whether it can't be bound beside the other one, as both need the same port. */
  default boolean overlaps(ListenerSettings other) {
    return isOnTcp() == other.isOnTcp() && PortCheck.overlap(address(), other.address());
  }

  /** A listener on a TCP port, which needs a file descriptor for each connection. */
  sealed interface OnTcp extends ListenerSettings permits TcpListenerSettings {
    ConnectionLimits connections();
  }

  /** Code that differs from transport to transport; without a default, so that none is left out. */
  interface Visitor<R> {
    R udp(UdpListenerSettings settings);

    R tcp(TcpListenerSettings settings);
  }

  /** The name of a listener that the configuration gives none. */
  static String name(Transport transport, InetSocketAddress address) {
    return transport.word() + " " + Addresses.text(address);
  }
}
