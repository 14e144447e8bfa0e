// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** The command that takes a million, with fewer; against a node that is built already. */
final class MillionIT {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Report report = new Report(new PrintStream(out, true, StandardCharsets.UTF_8));

  @Test
  void queriesThatAreSuspendedAtOnce_areAllAnswered() {
    String[] arguments = {"-n", "2000", "-x", "1", "-p", FreePort.next(), "-c", FreePort.next()};
    new Million(Options.of(arguments, "-n", "-x", "-p", "-c"), report).run();

    String said = out.toString(StandardCharsets.UTF_8);
    assertThat(said).contains("[ok]   2,000 queries waited at once", "[ok]   lost: 0");
    // What else the node allocates meanwhile is no longer little beside so few.
    assertThat(report.failures()).as(said).allMatch(claim -> claim.contains("bytes"));
  }
}
