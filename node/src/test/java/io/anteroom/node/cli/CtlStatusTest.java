// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code ctl status} makes of answers that are hard to bring about. */
final class CtlStatusTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
  private static final String NODE =
      """
      {"nodes": [{"node": "a:1", "ready": true, "certificateFile": "a.pem", "certificateEnds": "%s"}],
       "members": [{"member": "a:1", "state": "up", "reachable": true}], "unanswered": []}
      """;

  @Test
  void whatIsWrong_isTold_foreachItsOwnLine() throws Exception {
    String answer =
        """
        {"nodes": [{"node": "a:1", "ready": false, "serversDown": ["192.0.2.1:53 of pool x"]}],
         "members": [
           {"member": "a:1", "state": "up", "reachable": true},
           {"member": "b:1", "state": "up", "reachable": false},
           {"member": "c:1", "state": "leaving", "reachable": true}],
         "unanswered": ["b:1"]}
        """;

    assertThat(status(answer).wrong())
        .containsExactly(
            "WRONG  b:1: can't be reached",
            "WRONG  c:1: is leaving",
            "WRONG  b:1: no answer",
            "WRONG  a:1: is not ready: it answers, but can't suspend queries now",
            "WRONG  a:1: server 192.0.2.1:53 of pool x does not answer");
  }

  @Test
  void certificate_thatEnds_isTold() throws Exception {
    assertThat(status(NODE.formatted("2026-12-20T00:00:00Z")).lines()).endsWith("all is well");
    assertThat(status(NODE.formatted("2026-12-01T00:00:00Z")).wrong())
        .containsExactly("WRONG  a:1: the certificate a.pem ends at 2026-12-01T00:00:00Z");
    assertThat(status(NODE.formatted("2026-11-01T00:00:00Z")).wrong())
        .containsExactly("WRONG  a:1: the certificate a.pem ended at 2026-11-01T00:00:00Z");
  }

  @ParameterizedTest
  @CsvSource({"0, 0s", "59, 59s", "60, 1m0s", "3_599, 59m59s", "86_399, 23h59m", "90_000, 1d1h"})
  void time_hasItsTwoLargestUnits(String seconds, String text) {
    assertThat(CtlStatus.time(Long.parseLong(seconds.replace("_", "")))).isEqualTo(text);
  }

  private static CtlStatus status(String answer) throws Exception {
    return new CtlStatus(JsonMapper.builder().build().readTree(answer), NOW);
  }
}
