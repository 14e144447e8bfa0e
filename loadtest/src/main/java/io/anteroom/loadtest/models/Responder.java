// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest.models;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;

/**
 * A DNS server that answers every query with one address, on a free port of loopback, which it
 * prints. It ends with its standard input.
 */
final class Responder {
  private static final int BUFFER = 4 << 20;
  private static final int QR = 0x80;

  /** The question's name, A, IN, a minute, 192.0.2.42. */
  private static final byte[] RECORD = {
    (byte) 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, (byte) 192, 0, 2, 42
  };

  private Responder() {}

  public static void main(String[] arguments) throws IOException {
    try (DatagramChannel channel = DatagramChannel.open()) {
      channel.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER);
      channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      System.out.println(((InetSocketAddress) channel.getLocalAddress()).getPort());
      Threads.start("answers", () -> answer(channel));
      while (System.in.read() >= 0) {
        // Nothing is said there; it is only open or not.
      }
    }
  }

  private static void answer(DatagramChannel channel) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(512);
    while (channel.isOpen()) {
      try {
        InetSocketAddress from = (InetSocketAddress) channel.receive(buffer.clear());
        buffer.put(2, (byte) (buffer.get(2) | QR)).putShort(6, (short) 1);
        buffer.put(RECORD).flip();
        channel.send(buffer, from);
      } catch (IOException e) {
        // Closed, or an ICMP error for an earlier answer.
      }
    }
  }
}
