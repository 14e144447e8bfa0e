// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TcpBacklogTest {
  private static final long MAX = 1 << 20;

  private final TcpBacklog backlog = new TcpBacklog(MAX);

  @Test
  void connection_thatHoldsLittle_isNeverToBlame() {
    hoardWithManyConnections();
    for (int i = 0; i < 1_000; i++) {
      assertThat(backlog.change(0, 4_096)).isTrue();
    }
  }

  @Test
  void connections_thatHoard_holdLessThanTheBoundTogether_andLaterOnesLess() {
    long first = hoard();
    assertThat(first).isBetween(MAX / 32, MAX / 16 + 4_096);
    assertThat(hoard()).isLessThan(first);
    hoardWithManyConnections();
    assertThat(backlog.used()).isBetween(MAX / 2, MAX);
  }

  @Test
  void bytes_thatAreGivenBack_areNotCounted() {
    long held = hoard();
    assertThat(backlog.change(held, 0)).isTrue();
    assertThat(backlog.used()).isZero();
  }

  private void hoardWithManyConnections() {
    for (int i = 0; i < 1_000; i++) {
      hoard();
    }
  }

  /** How much a connection may hold; one that is told to close gives back what was too much. */
  private long hoard() {
    long held = 0;
    while (backlog.change(held, held + 1_024)) {
      held += 1_024;
    }
    backlog.change(held + 1_024, held);
    return held;
  }
}
