// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.stream.Stream;

/** Where the addresses of the machine come from. */
@FunctionalInterface
interface MachineAddresses {
  /** Those of all network interfaces, as the system knows them now. */
  MachineAddresses OF_THIS_MACHINE =
      () -> NetworkInterface.networkInterfaces().flatMap(NetworkInterface::inetAddresses);

  Stream<InetAddress> all() throws SocketException;
}
