// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;

class HealthSettingsTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @Test
  void check_fails_uponAllButNoerrorAndNxdomain() {
    var check = new HealthSettings.Check("a.", 1, SECOND, SECOND, null);

    assertThat(IntStream.rangeClosed(0, 5).filter(check::fails)).containsExactly(1, 2, 4, 5);
  }

  @Test
  void check_withCodes_failsUponThese() {
    var check = new HealthSettings.Check("a.", 1, SECOND, SECOND, Set.of(Rcode.SERVFAIL));

    assertThat(IntStream.rangeClosed(0, 5).filter(check::fails)).containsExactly(2);
  }
}
