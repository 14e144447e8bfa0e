// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.Arrays;

/** A client over UDP, on a port of its own. It hears only the address that it asks. */
public final class UdpClient extends DnsClient {
  private final DatagramSocket socket;

  /** A client on a free port of this address. */
  public UdpClient(String from, InetSocketAddress server) {
    try {
      socket = new DatagramSocket(new InetSocketAddress(from, 0));
      socket.setReceiveBufferSize(1 << 20);
      socket.setSoTimeout((int) PATIENCE.toMillis());
      socket.connect(server);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void send(byte[] message) {
    try {
      socket.send(new DatagramPacket(message, message.length));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public byte[] receive() {
    DatagramPacket packet = new DatagramPacket(new byte[0xffff], 0xffff);
    try {
      socket.receive(packet);
    } catch (SocketTimeoutException e) {
      throw new AssertionError("no answer over UDP", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Arrays.copyOf(packet.getData(), packet.getLength());
  }

  @Override
  public void close() {
    socket.close();
  }
}
