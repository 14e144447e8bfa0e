// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The smallest of the attacks; against a node that is built already. */
final class AttacksIT {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Report report = new Report(new PrintStream(out, true, StandardCharsets.UTF_8));

  @Test
  void node_underAnAttack_livesAndAnswers() {
    String[] arguments =
        "--only flapping --seconds 1 -w 1 -p %s -c %s -a %s"
            .formatted(FreePort.next(), FreePort.next(), FreePort.next())
            .split(" ", -1);
    Options options = Options.of(arguments, "--only", "--seconds", "-w", "-p", "-c", "-a");
    new Attacks(options, report).run();

    String said = out.toString(StandardCharsets.UTF_8);
    assertThat(said).containsPattern("flapping .* udp .* yes");
    assertThat(report.failures()).as(said).isEmpty();
  }
}
