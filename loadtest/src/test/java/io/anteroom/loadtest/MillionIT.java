// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

/** The command that takes a million, with fewer; against a node that is built already. */
final class MillionIT {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Report report = new Report(new PrintStream(out, true, StandardCharsets.UTF_8));

  @Test
  void queriesThatAreSuspendedAtOnce_areAllAnswered() {
    String[] arguments = {"-n", "2000", "-x", "1", "-p", port(), "-c", port()};
    new Million(Options.of(arguments, "-n", "-x", "-p", "-c"), report).run();

    String said = out.toString(StandardCharsets.UTF_8);
    assertThat(said).contains("[ok]   2,000 queries waited at once", "[ok]   lost: 0");
    // What else the node allocates meanwhile is no longer little beside so few.
    assertThat(report.failures()).as(said).allMatch(claim -> claim.contains("bytes"));
  }

  /** Below those that systems give out, so that nobody gets it in between. */
  private static String port() {
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
