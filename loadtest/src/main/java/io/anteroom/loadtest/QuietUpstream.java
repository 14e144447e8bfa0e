// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;

/**
 * A DNS server on a free UDP port of 127.0.0.1 that never answers about names which begin with
 * {@code silent}. Numbered queries get the address that a load test expects, all others the one of
 * the built-in zone.
 */
final class QuietUpstream implements AutoCloseable {
  private static final int BUFFER = 4 << 20;
  private static final int FIRST_LABEL = 13;
  private static final byte[] SILENT = Packets.name("silent");

  private final DatagramChannel channel;

  QuietUpstream() {
    try {
      channel = DatagramChannel.open();
      channel.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER);
      channel.setOption(StandardSocketOptions.SO_SNDBUF, BUFFER);
      channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread thread = new Thread(this::serve, "quiet-upstream");
    thread.setDaemon(true);
    thread.start();
  }

  int port() {
    return channel.socket().getLocalPort();
  }

  /** A name, on the wire, that it does not answer. */
  static byte[] silentName(int number) {
    return Packets.name("silent" + number + ".attack.test");
  }

  private void serve() {
    ByteBuffer in = ByteBuffer.allocateDirect(4_096);
    while (channel.isOpen()) {
      try {
        InetSocketAddress from = (InetSocketAddress) channel.receive(in.clear());
        byte[] query = new byte[in.flip().remaining()];
        in.get(query);
        if (!isSilentAbout(query)) {
          channel.send(ByteBuffer.wrap(Packets.answer(query, address(query))), from);
        }
      } catch (IOException e) {
        // Closed, or nobody takes an earlier answer any more.
      }
    }
  }

  private static boolean isSilentAbout(byte[] query) {
    for (int i = 1; i < SILENT.length - 1; i++) {
      if ((query[FIRST_LABEL + i - 1] | 0x20) != SILENT[i]) {
        return false;
      }
    }
    return true;
  }

  private static int address(byte[] query) {
    // The node asks in letters of random case.
    byte[] lower = query.clone();
    for (int at = FIRST_LABEL; at < lower.length; at++) {
      if (lower[at] >= 'A' && lower[at] <= 'Z') {
        lower[at] |= 0x20;
      }
    }
    int number = Packets.number(ByteBuffer.wrap(lower));
    return number == Packets.NO_NUMBER ? Packets.ADDRESS : OwnVerdict.address(number);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
