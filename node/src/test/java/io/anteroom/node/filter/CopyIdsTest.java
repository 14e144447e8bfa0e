// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class CopyIdsTest {
  private static final long TIMEOUT = 1_000;

  private final long start = Long.MAX_VALUE - TIMEOUT;
  private final CopyIds<String> ids = new CopyIds<>(4, () -> TIMEOUT, new Random(1));

  @Test
  void ids_areDistinct_untilNoneIsLeft() {
    assertThat(take(4, start)).containsExactlyInAnyOrder(0, 1, 2, 3);
    assertThat(ids.take("one more", start)).isEqualTo(CopyIds.NONE);
    assertThat(ids.free()).isZero();
  }

  @Test
  void liveId_isFound_untilItEnds() {
    int id = ids.take("what", start);
    assertThat(ids.find(id)).isEqualTo("what");
    ids.end(id, start);
    assertThat(ids.find(id)).isNull();
    assertThat(ids.isResting(id)).isTrue();
  }

  @Test
  void idOutsideTheRange_isNeitherLiveNorResting() {
    assertThat(ids.find(4)).isNull();
    assertThat(ids.isResting(4)).isFalse();
  }

  @Test
  void idThatEnded_isFreeAfterTheTimeout_notBefore() {
    int id = ids.take("what", start);
    ids.end(id, start + 10);
    assertThat(ids.advance(start + 10 + TIMEOUT - 1)).isZero();
    assertThat(ids.isResting(id)).isTrue();
    assertThat(ids.advance(start + 10 + TIMEOUT)).isEqualTo(1);
    assertThat(ids.isResting(id)).isFalse();
    assertThat(ids.areAllFree()).isTrue();
  }

  @Test
  void idFromBeforeTheTimeoutBecameShorter_endsInTime_howeverOftenOthersWereUsedSince() {
    long[] timeout = {20 * TIMEOUT};
    CopyIds<String> changing = new CopyIds<>(4, () -> timeout[0], new Random(1));
    int before = changing.take("before", start);
    timeout[0] = TIMEOUT;
    for (int i = 0; i < 19; i++) {
      long now = start + i * TIMEOUT;
      changing.advance(now);
      changing.end(changing.take("after", now), now);
    }

    assertThat(changing.find(before)).isEqualTo("before");
    changing.advance(start + 20 * TIMEOUT);
    assertThat(changing.find(before)).isNull();
    changing.advance(start + 22 * TIMEOUT);
    assertThat(changing.areAllFree()).isTrue();
  }

  @Test
  void timeoutThatChanges_holdsForIdsTakenAfterwards() {
    long[] timeout = {TIMEOUT};
    CopyIds<String> changing = new CopyIds<>(4, () -> timeout[0], new Random(1));
    int before = changing.take("before", start);
    timeout[0] = 10 * TIMEOUT;
    int after = changing.take("after", start);

    changing.advance(start + TIMEOUT);

    assertThat(changing.find(before)).isNull();
    assertThat(changing.find(after)).isEqualTo("after");
    changing.advance(start + 10 * TIMEOUT);
    assertThat(changing.find(after)).isNull();
  }

  @Test
  void idThatNobodyEnds_restsAfterTheTimeout_andIsFreeAfterAnother() {
    int id = ids.take("what", start);
    assertThat(ids.advance(start + TIMEOUT - 1)).isZero();
    assertThat(ids.find(id)).isEqualTo("what");
    assertThat(ids.advance(start + TIMEOUT)).isZero();
    assertThat(ids.find(id)).isNull();
    assertThat(ids.isResting(id)).isTrue();
    assertThat(ids.advance(start + 2 * TIMEOUT)).isEqualTo(1);
  }

  @Test
  void idThatIsFreeLongest_isTakenFirst() {
    List<Integer> all = take(4, start);
    ids.end(all.get(2), start + 1);
    ids.end(all.get(0), start + 2);
    ids.end(all.get(3), start + 3);
    ids.advance(start + 3 + TIMEOUT);
    assertThat(take(2, start + 3 + TIMEOUT)).containsExactly(all.get(2), all.get(0));
  }

  @Test
  void firstOrder_isAnotherEachTime() {
    CopyIds<String> one = new CopyIds<>(() -> TIMEOUT, new Random(1));
    CopyIds<String> other = new CopyIds<>(() -> TIMEOUT, new Random(2));
    assertThat(IntStream.range(0, 100).map(i -> one.take("", start)).toArray())
        .isNotEqualTo(IntStream.range(0, 100).map(i -> other.take("", start)).toArray());
  }

  /** Against a model that searches: no id is live twice, or again before it has rested. */
  @RepeatedTest(20)
  void anyOrderOfEvents_keepsTheRules() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int size = 1 + random.nextInt(50);
    CopyIds<Integer> tested = new CopyIds<>(size, () -> TIMEOUT, random);
    Map<Integer, Long> live = new HashMap<>();
    Map<Integer, Long> restingSince = new HashMap<>();
    long now = random.nextLong();
    int freed = 0;
    for (int step = 0; step < 5_000; step++) {
      now += random.nextInt((int) TIMEOUT / 20);
      freed += tested.advance(now);
      for (int id : List.copyOf(live.keySet())) {
        if (now - live.get(id) >= TIMEOUT) {
          assertThat(tested.find(id)).as("seed %d step %d", seed, step).isNull();
          live.remove(id);
          restingSince.put(id, now);
        }
      }
      if (random.nextBoolean()) {
        int id = tested.take(step, now);
        if (id != CopyIds.NONE) {
          freed--;
          assertThat(live).as("seed %d step %d", seed, step).doesNotContainKey(id);
          Long rested = restingSince.remove(id);
          assertThat(rested == null || now - rested >= TIMEOUT)
              .as("seed %d step %d: id %d has rested", seed, step, id)
              .isTrue();
          live.put(id, now);
        }
      } else if (!live.isEmpty()) {
        List<Integer> some = new ArrayList<>(live.keySet());
        int id = some.get(random.nextInt(some.size()));
        tested.end(id, now);
        live.remove(id);
        restingSince.put(id, now);
      }
      assertThat(tested.free()).as("seed %d step %d", seed, step).isEqualTo(size + freed);
    }
  }

  private List<Integer> take(int n, long nowNanos) {
    return IntStream.range(0, n).mapToObj(i -> ids.take("what", nowNanos)).toList();
  }
}
