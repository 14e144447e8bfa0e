// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import io.anteroom.loadtest.Attack.Target;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.function.IntFunction;

/** Sends datagrams to the DNS port of a node at a fixed rate; takes no interest in the answers. */
final class Datagrams {
  private static final InetAddress FROM = Crowd.address(9, 0, 1);

  private Datagrams() {}

  /** Sends messages, of which the function gives each by its number, until the time is up. */
  static void run(Target target, int perSecond, IntFunction<byte[]> message) throws IOException {
    try (DatagramChannel channel = DatagramChannel.open()) {
      channel.bind(new InetSocketAddress(FROM, 0));
      channel.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), target.ports().dns()));
      long start = System.nanoTime();
      for (int i = 0; !target.isOver(); i++) {
        Wait.untilNanos(start + (long) (i * 1e9 / perSecond));
        send(channel, message.apply(i), target.sent());
      }
    }
  }

  private static void send(DatagramChannel channel, byte[] message, Sent sent) throws IOException {
    try {
      sent.bytes(channel.write(ByteBuffer.wrap(message)));
      sent.messages(1);
    } catch (PortUnreachableException e) {
      // The node has gone, which others look at.
    }
  }
}
