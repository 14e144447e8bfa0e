// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class ReportTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Report report = new Report(new PrintStream(out, true, StandardCharsets.UTF_8));

  @Test
  void claimsThatHold_makeItPass() {
    report.claim(true, "lost: %,d", 0);
    assertThat(report.end()).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("[ok]   lost: 0")
        .endsWith("passed\n");
  }

  @Test
  void oneClaimThatDoesNot_makesItFail() {
    report.claim(false, "lost: %,d", 1_000);
    report.claim(true, "wrong: %,d", 0);
    assertThat(report.end()).isEqualTo(1);
    assertThat(report.failures()).containsExactly("lost: 1,000");
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("[FAIL] lost: 1,000");
  }
}
