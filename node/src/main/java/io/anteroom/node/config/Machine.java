// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;
import java.util.function.Predicate;

/**
 * Properties of the machine that a configuration depends on.
 *
 * @param servers the system's name servers
 * @param isLocal whether an address is one of the machine's own
 * @param ipv6Loopback whether {@code ::1} can be bound
 * @param heap the maximum heap size in bytes
 */
record Machine(
    List<InetSocketAddress> servers,
    Predicate<InetAddress> isLocal,
    boolean ipv6Loopback,
    int cores,
    long heap) {

  Machine {
    servers = List.copyOf(servers);
  }

  static Machine here() {
    return new Machine(
        ResolvConf.read(ResolvConf.SYSTEM).addresses(),
        Machine::isLocal,
        hasIpv6Loopback(),
        Runtime.getRuntime().availableProcessors(),
        Runtime.getRuntime().maxMemory());
  }

  static boolean isLocal(InetAddress address) {
    try {
      return address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException e) {
      return false;
    }
  }

  private static boolean hasIpv6Loopback() {
    try (DatagramSocket socket =
        new DatagramSocket(new InetSocketAddress(Addresses.literal("::1"), 0))) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }
}
