// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Ports of 127.0.0.1 for nodes in tests. */
final class FreePort {
  private FreePort() {}

  /** Below those that systems give out, so that nobody gets it in between. */
  static String next() {
    for (int tries = 0; ; tries++) {
      int port = ThreadLocalRandom.current().nextInt(20_000, 30_000);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return Integer.toString(socket.getLocalPort());
      } catch (IOException taken) {
        assertThat(tries).as("no free port: %s", taken).isLessThan(100);
      }
    }
  }
}
