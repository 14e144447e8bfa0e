// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;

/** A NAT for one client of UDP, which may give the client another port in the middle of it all. */
public final class Nat implements AutoCloseable {
  private static final int MAX_DATAGRAM = 65_535;

  private final DatagramSocket inside = open();
  private final InetSocketAddress server;
  private volatile DatagramSocket outside = open();
  private volatile @Nullable SocketAddress client;

  public Nat(InetSocketAddress server) {
    this.server = server;
    start(() -> pass(inside, true));
    rebind();
  }

  private static DatagramSocket open() {
    try {
      return new DatagramSocket(0, InetAddress.getLoopbackAddress());
    } catch (SocketException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "nat");
    thread.setDaemon(true);
    thread.start();
  }

  /** Where the client sends to. */
  public InetSocketAddress address() {
    return (InetSocketAddress) inside.getLocalSocketAddress();
  }

  /** The client has another port from now on. */
  public void rebind() {
    DatagramSocket before = outside;
    DatagramSocket next = open();
    start(() -> pass(next, false));
    outside = next;
    before.close();
  }

  private void pass(DatagramSocket from, boolean out) {
    byte[] buffer = new byte[MAX_DATAGRAM];
    while (!from.isClosed()) {
      DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
      try {
        from.receive(packet);
        if (out) {
          client = packet.getSocketAddress();
          packet.setSocketAddress(server);
          outside.send(packet);
        } else if (client != null) {
          packet.setSocketAddress(client);
          inside.send(packet);
        }
      } catch (IOException e) {
        // A socket that was closed, or a packet that is lost, as on any network.
      }
    }
  }

  @Override
  public void close() {
    inside.close();
    outside.close();
  }
}
