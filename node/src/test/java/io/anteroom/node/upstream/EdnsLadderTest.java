// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static io.anteroom.node.upstream.EdnsLadder.Rung.BARE;
import static io.anteroom.node.upstream.EdnsLadder.Rung.NONE;
import static io.anteroom.node.upstream.EdnsLadder.Rung.OPTIONS;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.upstream.EdnsLadder.Rung;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EdnsLadderTest {
  private final List<Rung> news = new ArrayList<>();
  private final EdnsLadder ladder = new EdnsLadder(OPTIONS, news::add);
  private long now = new Random().nextLong();

  private Rung rung() {
    return ladder.rung(now);
  }

  private void silences(Rung sent, int times) {
    for (int i = 0; i < times; i++) {
      ladder.silent(sent);
    }
  }

  @Test
  void settled_fiveMinutesLater_askedWithEverythingAgain() {
    ladder.settle(BARE, now);
    now += Duration.ofMinutes(5).toNanos() - 1;
    assertThat(rung()).isEqualTo(BARE);
    now++;
    assertThat(rung()).isEqualTo(OPTIONS);
  }

  @Test
  void settled_toldOnceForEachRung() {
    ladder.settle(BARE, now);
    ladder.settle(NONE, now);
    ladder.settle(BARE, now);
    assertThat(news).containsExactly(BARE, NONE);
  }

  @Test
  void silence_manyQueriesInFlight_oneStep() {
    silences(OPTIONS, 100);
    assertThat(rung()).isEqualTo(BARE);
  }

  @Test
  void silence_onEveryRung_fromTheTopAgain() {
    silences(OPTIONS, 1);
    silences(BARE, 1);
    assertThat(rung()).isEqualTo(NONE);
    silences(NONE, 1);
    assertThat(rung()).isEqualTo(OPTIONS);
    assertThat(news).isEmpty();
  }

  @Test
  void silence_serverThatAnswered_eightInARow() {
    ladder.answered(OPTIONS, false, now);
    silences(OPTIONS, EdnsLadder.SILENCES - 1);
    ladder.answered(OPTIONS, false, now);
    silences(OPTIONS, EdnsLadder.SILENCES - 1);
    assertThat(rung()).isEqualTo(OPTIONS);
    silences(OPTIONS, 1);
    assertThat(rung()).isEqualTo(BARE);
  }

  @Test
  void silence_thenTheSlowAnswer_backAtTheTop() {
    silences(OPTIONS, 1);
    ladder.answered(OPTIONS, true, now);
    assertThat(rung()).isEqualTo(OPTIONS);
  }

  @Test
  void silence_withoutOptionsToLeaveOut_askedWithoutEdns() {
    silences(BARE, 1);
    assertThat(rung()).isEqualTo(NONE);
  }

  @Test
  void noEdns_staysSo() {
    EdnsLadder none = new EdnsLadder(NONE, news::add);
    none.silent(NONE);
    none.answered(NONE, false, now);
    assertThat(none.rung(now)).isEqualTo(NONE);
    assertThat(news).isEmpty();
  }
}
