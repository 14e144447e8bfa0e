// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The node's own listeners, so that it never becomes its own upstream server. Thread-safe. */
public final class OwnListeners {
  private final Supplier<List<InetSocketAddress>> addresses;
  private final Predicate<InetAddress> isLocal;

  /** The configured listeners of a node on this machine. */
  public OwnListeners(Collection<InetSocketAddress> addresses) {
    this(addresses, Machine::isLocal);
  }

  /** The currently bound listeners of a node on this machine. */
  public OwnListeners(Supplier<List<InetSocketAddress>> addresses) {
    this(addresses, Machine::isLocal);
  }

  OwnListeners(Collection<InetSocketAddress> addresses, Predicate<InetAddress> isLocal) {
    this(fixed(List.copyOf(addresses)), isLocal);
  }

  private OwnListeners(
      Supplier<List<InetSocketAddress>> addresses, Predicate<InetAddress> isLocal) {
    this.addresses = addresses;
    this.isLocal = isLocal;
  }

  private static Supplier<List<InetSocketAddress>> fixed(List<InetSocketAddress> addresses) {
    return () -> addresses;
  }

  /** The ports of all addresses. */
  public Set<Integer> ports() {
    return addresses.get().stream().map(InetSocketAddress::getPort).collect(Collectors.toSet());
  }

  /** Whether a query to this server would come back to this node. */
  public boolean include(InetSocketAddress server) {
    return addresses.get().stream().anyMatch(listener -> reaches(server, listener));
  }

  /**
   * Refuses a server that is this node, over UDP or TCP.
   *
   * @throws IllegalArgumentException if the server is this node
   */
  public void refuse(ServerSettings server) {
    InetSocketAddress address = server.address();
    InetSocketAddress overTcp = new InetSocketAddress(address.getAddress(), server.tcpPort());
    for (InetSocketAddress asked : List.of(address, overTcp)) {
      if (include(asked)) {
        throw new IllegalArgumentException(message(asked));
      }
    }
  }

  public static String message(InetSocketAddress server) {
    return Addresses.text(server) + " is one of this node's own listeners";
  }

  private boolean reaches(InetSocketAddress server, InetSocketAddress listener) {
    boolean sameHost =
        listener.getAddress().isAnyLocalAddress()
            ? isLocal.test(server.getAddress())
            : listener.getAddress().equals(server.getAddress());
    return sameHost && listener.getPort() == server.getPort();
  }
}
