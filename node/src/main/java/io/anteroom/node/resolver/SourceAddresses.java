// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Finds the source address that the kernel would use, by connecting a UDP socket. Nothing is sent.
 */
final class SourceAddresses {
  private static final int ANY_PORT = 53;

  private SourceAddresses() {}

  static @Nullable InetAddress of(InetAddress destination) {
    try (DatagramSocket socket = new DatagramSocket(null)) {
      socket.connect(new InetSocketAddress(destination, ANY_PORT));
      return socket.getLocalAddress();
    } catch (IOException | RuntimeException e) {
      // connect(InetAddress, int) wraps I/O errors in this exception.
      return null;
    }
  }
}
