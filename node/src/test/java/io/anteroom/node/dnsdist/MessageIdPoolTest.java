// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.flow.Counters;
import io.anteroom.node.lua.LuaStop;
import io.anteroom.node.testing.Queries;
import io.anteroom.protocol.Stage;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class MessageIdPoolTest {
  private static final int ALL = 65_536;

  private final Counters<AsyncCounter> counters = new Counters<>(AsyncCounter.class);
  private final Question question =
      new Question(Stage.QUERY, Queries.forName("www.anteroom.test."), QuestionHost.of(Set.of()));
  private long now = Long.MAX_VALUE - 1_000;
  private final MessageIdPool ids = new MessageIdPool(counters, new Random(1), () -> now);

  @Test
  void ids_areDistinct_untilNoneIsLeft() {
    Set<Integer> taken = new HashSet<>();
    for (int i = 0; i < ALL; i++) {
      taken.add(ids.take(question));
    }

    assertThat(taken).hasSize(ALL).allMatch(id -> id >= 0 && id < ALL);
    assertThat(ids.available()).isZero();
    assertThatThrownBy(() -> ids.take(question)).isInstanceOf(LuaStop.class);
    assertThat(counters.get(AsyncCounter.NO_MESSAGE_ID)).isEqualTo(1);
  }

  @Test
  void idOfASuspendedQuestion_restsForItsTimeout_alsoWhenNoneIsFree() {
    for (int i = 0; i < ALL; i++) {
      ids.take(question);
    }
    ids.rest(4_711, 500, now);

    now += TimeUnit.MILLISECONDS.toNanos(500);
    ids.advance(now);
    assertThat(ids.isResting(4_711)).isTrue();
    assertThatThrownBy(() -> ids.take(question)).isInstanceOf(LuaStop.class);

    now += TimeUnit.MILLISECONDS.toNanos(12);
    assertThat(ids.take(question)).isEqualTo(4_711);
    assertThat(ids.isResting(4_711)).isFalse();
  }

  @Test
  void longRest_doesNotHoldUpAShortOne() {
    ids.rest(1, 3_600_000, now);
    ids.rest(2, 1, now);

    now += TimeUnit.MILLISECONDS.toNanos(1);
    ids.advance(now);

    assertThat(ids.isResting(1)).isTrue();
    assertThat(ids.isResting(2)).isFalse();
  }

  @Test
  void freeId_isTakenLast() {
    int first = ids.take(question);
    ids.free(first);
    for (int i = 0; i < ALL - 1; i++) {
      assertThat(ids.take(question)).isNotEqualTo(first);
    }
    assertThat(ids.take(question)).isEqualTo(first);
  }
}
