// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.stream.Stream;

/** Source of the addresses of the machine. */
@FunctionalInterface
interface MachineAddresses {
  /** The addresses of all network interfaces, as the operating system reports them now. */
  MachineAddresses OF_THIS_MACHINE =
      () -> NetworkInterface.networkInterfaces().flatMap(NetworkInterface::inetAddresses);

  Stream<InetAddress> all() throws SocketException;
}
