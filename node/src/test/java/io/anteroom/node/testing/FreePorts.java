// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

/** Ports of 127.0.0.1 for processes that must be told which to take. */
public final class FreePorts {
  // Below what systems give out by themselves, so that nothing else takes one meanwhile.
  private static final int FIRST = 10_000;
  private static final int PER_PROCESS = 5_000;

  /** Up to four processes run tests at the same time: each has ports of its own. */
  private static final int FORK = Integer.getInteger("test.fork", 1) - 1;

  private FreePorts() {}

  /** The first of so many ports in a row that are free over UDP and TCP. */
  public static int inARow(int n) {
    while (true) {
      int first = FIRST + FORK * PER_PROCESS + ThreadLocalRandom.current().nextInt(PER_PROCESS - n);
      if (IntStream.range(first, first + n).allMatch(FreePorts::isFree)) {
        return first;
      }
    }
  }

  private static boolean isFree(int port) {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    try (DatagramSocket udp = new DatagramSocket(address);
        ServerSocket tcp = new ServerSocket(port, 1, address.getAddress())) {
      return udp.isBound() && tcp.isBound();
    } catch (IOException e) {
      return false;
    }
  }
}
