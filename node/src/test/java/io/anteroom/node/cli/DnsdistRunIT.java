// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.Dig;
import io.anteroom.node.testing.FreePorts;
import io.anteroom.node.testing.Program;
import io.anteroom.node.testing.ScriptedServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code anteroom run --dnsdist} as a process. */
final class DnsdistRunIT {
  private static final Duration END = Duration.ofMinutes(3);

  @TempDir private Path directory;
  private final int port = FreePorts.inARow(2);
  private Path file;

  private Program run(int at, ScriptedServer server) throws Exception {
    Files.writeString(
        file,
        """
        setLocal("127.0.0.1:53")
        newServer("127.0.0.1:%d")
        addAction("blocked.example.", RCodeAction(DNSRCode.REFUSED))
        """
            .formatted(server.address().getPort()));
    return Program.anteroom("run", "--dnsdist", file.toString(), "-l", "127.0.0.1:" + at);
  }

  @BeforeEach
  void name_file() {
    file = directory.resolve("dnsdist.conf");
  }

  private static String ask(int at, String name) {
    return Dig.result(Dig.ask(new InetSocketAddress(InetAddress.getLoopbackAddress(), at), name));
  }

  @Test
  void run_untilASignal_answers_andIsNotLoadedAgain() throws Exception {
    try (ScriptedServer server = ScriptedServer.start(Asked::answer);
        Program node = run(port, server)) {
      node.awaitLine("Ctrl-C ends it.");
      assertThat(node.lines()).contains("ready: UDP+TCP 127.0.0.1:" + port);
      assertThat(ask(port, "blocked.example")).isEqualTo("REFUSED");

      node.signal("HUP");
      node.awaitLine("not loaded, all is as it was");
      assertThat(node.lines())
          .anyMatch(line -> line.startsWith(file + " is a dnsdist file, which"));
      assertThat(ask(port, "www.example")).startsWith("NOERROR 10.");

      node.signal("TERM");
      assertThat(node.exitCode(END)).isZero();
      assertThat(node.lines()).noneMatch(line -> line.startsWith("\tat "));
    }
  }

  @Test
  void run_twice_needsOnlyAnotherAddress() throws Exception {
    try (ScriptedServer server = ScriptedServer.start(Asked::answer);
        Program one = run(port, server);
        Program other = run(port + 1, server)) {
      one.awaitLine("Ctrl-C ends it.");
      other.awaitLine("Ctrl-C ends it.");
      assertThat(ask(port, "www.example")).startsWith("NOERROR 10.");
      assertThat(ask(port + 1, "www.example")).startsWith("NOERROR 10.");
    }
  }
}
