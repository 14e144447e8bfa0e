// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Continuation;
import io.anteroom.node.flow.Query;
import io.anteroom.node.testing.Queries;
import io.anteroom.node.wire.WireName;
import io.anteroom.protocol.Operation;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MemoryLimitTest {
  private final Query query = Queries.forName("a.example");

  @Test
  void room_forTwo_isTakenByTwo_andGivenBack() {
    MemoryLimit limit = new MemoryLimit(2 * MemoryLimit.bytes(query));
    assertThat(limit.acquire(query)).isTrue();
    assertThat(limit.acquire(query)).isTrue();
    assertThat(limit.acquire(query)).isFalse();
    limit.release(query);
    assertThat(limit.acquire(query)).isTrue();
    limit.release(query);
    limit.release(query);
    assertThat(limit.used()).isZero();
  }

  @Test
  void longQuery_takesMoreRoom() {
    Query longer = Queries.forName("a.name.that.is.longer.example");
    assertThat(MemoryLimit.bytes(longer) - MemoryLimit.bytes(query))
        .isEqualTo(longer.wire().bytes().length - query.wire().bytes().length);
  }

  @Test
  void renamedQuery_takesRoomForBothNames() {
    Query renamed =
        query.renamed(query.wire().renamed(WireName.parse("a.name.that.is.longer.example")));
    assertThat(MemoryLimit.bytes(renamed) - MemoryLimit.bytes(query))
        .isEqualTo(renamed.wire().bytes().length);
  }

  @Test
  void query_whosePolicyWaits_takesRoomForItsVariablesAndItsOperation() {
    Operation operation = new Operation(Map.of("statement", "x".repeat(1_000)));
    Map<String, Object> variables = Map.of("data", new byte[500]);
    Query waiting =
        query.withContinuation(new Continuation(null, "r", variables, operation, null, 0));
    assertThat(MemoryLimit.bytes(waiting) - MemoryLimit.bytes(query)).isBetween(1_500L, 1_600L);
  }

  @Test
  void query_thatHasBeenSuspended_takesWhatItTookBefore() {
    assertThat(MemoryLimit.bytes(query.suspendedOnceMore())).isEqualTo(MemoryLimit.bytes(query));
  }
}
