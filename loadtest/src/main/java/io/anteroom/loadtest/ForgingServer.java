// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.Arrays;

/**
 * A DNS server on 127.0.0.1, over UDP and TCP, that sends forged answers before the true one. Each
 * answer holds one address; the true one is 10.0.0.1.
 */
final class ForgingServer implements AutoCloseable {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
  private static final int TRUE = 10 << 24 | 1;
  private static final int FALSE = 6 << 24 | 6 << 16 | 6 << 8 | 6;

  private final DatagramSocket udp;
  private final ServerSocket tcp;
  private volatile int forgedForEach;
  private volatile byte[] lastQuery = {};
  private volatile SocketAddress lastClient = new InetSocketAddress(LOOPBACK, 1);

  ForgingServer() {
    try {
      udp = new DatagramSocket(new InetSocketAddress(LOOPBACK, 0));
      tcp = new ServerSocket(udp.getLocalPort(), 64, LOOPBACK);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start(this::receive);
    start(this::accept);
  }

  InetSocketAddress address() {
    return new InetSocketAddress(LOOPBACK, udp.getLocalPort());
  }

  /** From now on so many answers in another case come before each true one. */
  void forgeForEach(int forged) {
    forgedForEach = forged;
  }

  /** Sends an answer to the last query, with an id that it did not have. */
  void sendWithWrongId(int number) {
    byte[] forged = Packets.answer(lastQuery, FALSE);
    int id = (((forged[0] & 0xff) << 8) | (forged[1] & 0xff)) ^ (1 + number % 0xffff);
    forged[0] = (byte) (id >> 8);
    forged[1] = (byte) id;
    send(forged, lastClient);
  }

  @Override
  public void close() {
    udp.close();
    try {
      tcp.close();
    } catch (IOException e) {
      // Nothing follows from it.
    }
  }

  private void receive() {
    DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
    while (!udp.isClosed()) {
      try {
        udp.receive(packet);
      } catch (IOException e) {
        continue;
      }
      lastClient = packet.getSocketAddress();
      lastQuery = Arrays.copyOf(packet.getData(), packet.getLength());
      byte[] forged = Packets.answer(lastQuery, FALSE);
      forged[13] ^= 0x20;
      for (int i = 0; i < forgedForEach; i++) {
        send(forged, lastClient);
      }
      send(Packets.answer(lastQuery, TRUE), lastClient);
    }
  }

  private void send(byte[] message, SocketAddress to) {
    try {
      udp.send(new DatagramPacket(message, message.length, to));
    } catch (IOException e) {
      // The socket at the other end has gone, or this one.
    }
  }

  private void accept() {
    while (!tcp.isClosed()) {
      try {
        Socket socket = tcp.accept();
        start(() -> serve(socket));
      } catch (IOException e) {
        // Closed.
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      DataInputStream in = new DataInputStream(socket.getInputStream());
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      while (true) {
        byte[] query = new byte[in.readUnsignedShort()];
        in.readFully(query);
        byte[] answer = Packets.answer(query, TRUE);
        out.write(Packets.framed(answer));
      }
    } catch (IOException e) {
      // The other side has closed it.
    }
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "forging-server");
    thread.setDaemon(true);
    thread.start();
  }
}
