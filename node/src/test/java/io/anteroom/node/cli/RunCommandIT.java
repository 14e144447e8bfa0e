// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.testing.Dig;
import io.anteroom.node.testing.FreePorts;
import io.anteroom.node.testing.Program;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code anteroom run} as a process: what it answers, prints, and exits with. */
final class RunCommandIT {
  /** What the README promises. */
  private static final Duration END = Duration.ofMinutes(3);

  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  @TempDir private Path directory;
  private final int port = FreePorts.inARow(3);
  private final int clusterPort = port + 1;
  private final int adminPort = port + 2;
  private Path configuration;

  @BeforeEach
  void write_configuration() throws IOException {
    configuration = directory.resolve("node.conf");
    Files.writeString(
        configuration,
        """
        anteroom {
          listeners = [
            { transport = udp, address = "127.0.0.1:%d" }
            { transport = tcp, address = "127.0.0.1:%d" }
          ]
          filters.blocklist { async-id = 1 }
          embedded-blocklist = on
          rules.query = [ { match = all, action { suspend = blocklist } } ]
          zones = [ { origin = "anteroom.test" } ]
          cluster { port = %d }
          admin { address = "127.0.0.1:%d", token-file = admin.token }
        }
        """
            .formatted(port, port, clusterPort, adminPort));
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM"})
  void run_untilASignal_answersAndEndsWithZero(String signal) {
    try (Program node = run()) {
      node.awaitLine("Ctrl-C ends it.");
      assertThat(node.lines())
          .contains("ready: UDP+TCP 127.0.0.1:" + port)
          .anyMatch(line -> line.contains("dig @127.0.0.1 -p " + port + " www.anteroom.test"));
      assertThat(ask("www.anteroom.test")).isEqualTo("NOERROR 192.0.2.80");
      assertThat(ask("blocked.anteroom.test")).isEqualTo("REFUSED EDE 15");

      node.signal(signal);

      assertThat(node.exitCode(END)).isZero();
      assertThat(node.lines()).noneMatch(RunCommandIT::isOfAStackTrace);
    }
  }

  @Test
  void run_hangUp_loadsTheConfigurationAgain_orSaysWhyNot() throws IOException {
    try (Program node = run()) {
      node.awaitLine("Ctrl-C ends it.");
      String text = Files.readString(configuration);
      Files.writeString(configuration, text.replace("suspend = blocklist", "rcode = notimp"));

      node.signal("HUP");
      node.awaitLine("loaded again: " + configuration);
      assertThat(ask("www.anteroom.test")).isEqualTo("NOTIMP");

      Files.writeString(configuration, text.replace("match = all", "match = nothing"));
      node.signal("HUP");
      node.awaitLine("not loaded, all is as it was");
      assertThat(node.lines())
          .anyMatch(line -> line.startsWith(configuration + ":8: anteroom.rules.query[0].match: "));
      assertThat(ask("www.anteroom.test")).isEqualTo("NOTIMP");
      node.signal("TERM");
      assertThat(node.exitCode(END)).isZero();
    }
  }

  @Test
  void run_udpPortInUse_saysSoInOneLine() throws IOException {
    try (DatagramSocket taken = new DatagramSocket(new InetSocketAddress(LOOPBACK, port));
        Program node = run()) {
      assertThat(taken.isBound()).isTrue();
      assertThat(node.exitCode()).isEqualTo(1);
      assertThat(node.lines())
          .containsExactly(
              "anteroom: can't listen on udp 127.0.0.1:" + port + ": address already in use");
    }
  }

  @Test
  void run_tcpPortInUse_saysSoInOneLine() throws IOException {
    try (ServerSocket taken = new ServerSocket(port, 1, LOOPBACK);
        Program node = run()) {
      assertThat(taken.isBound()).isTrue();
      assertThat(node.exitCode()).isEqualTo(1);
      assertThat(node.lines())
          .containsExactly(
              "anteroom: can't listen on tcp 127.0.0.1:" + port + ": address already in use");
    }
  }

  @Test
  void run_clusterPortInUse_saysSoInOneLine() throws IOException {
    try (ServerSocket taken = new ServerSocket(clusterPort, 1, LOOPBACK);
        Program node = run()) {
      assertThat(taken.isBound()).isTrue();
      assertThat(node.exitCode()).isEqualTo(1);
      assertThat(node.lines())
          .containsExactly(
              "anteroom: can't open the cluster port 127.0.0.1:"
                  + clusterPort
                  + ": address already in use");
    }
  }

  @Test
  void run_adminPortInUse_saysSoInOneLine() throws IOException {
    try (ServerSocket taken = new ServerSocket(adminPort, 1, LOOPBACK);
        Program node = run()) {
      assertThat(taken.isBound()).isTrue();
      assertThat(node.exitCode()).isEqualTo(1);
      assertThat(node.lines())
          .contains(
              "anteroom: can't open the admin port 127.0.0.1:"
                  + adminPort
                  + ": address already in use")
          .noneMatch(RunCommandIT::isOfAStackTrace);
    }
  }

  @Test
  void run_unknownOption_saysHowToGetHelp() {
    try (Program node = Program.anteroom("run", "--colour")) {
      assertThat(node.exitCode()).isEqualTo(2);
      assertThat(node.lines())
          .contains("anteroom: Unknown option: '--colour'", "Try 'anteroom run --help'.")
          .noneMatch(RunCommandIT::isOfAStackTrace);
    }
  }

  private Program run() {
    return Program.anteroom("run", "--config", configuration.toString());
  }

  private String ask(String name) {
    return Dig.result(Dig.ask(new InetSocketAddress(LOOPBACK, port), name));
  }

  private static boolean isOfAStackTrace(String line) {
    return line.startsWith("\tat ") || line.contains("Exception");
  }
}
