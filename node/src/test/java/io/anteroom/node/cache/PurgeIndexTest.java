// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.wire.WireName;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PurgeIndexTest {
  private static final String[] LABELS = {"a", "b", "c"};

  private static Purge purge(@Nullable WireName name, boolean subtree) {
    return new Purge(Purge.Target.BOTH, name, subtree, null, 0, Purge.ANY);
  }

  private static WireName name(Random random) {
    StringBuilder text = new StringBuilder();
    for (int labels = random.nextInt(5); labels > 0; labels--) {
      text.append(LABELS[random.nextInt(LABELS.length)]).append('.');
    }
    return WireName.parse(text.isEmpty() ? "." : text.toString());
  }

  /** Whether a purge means a name, or one below it, as both caches say it. */
  private static Predicate<Purge> meaning(WireName name, boolean speaksForBelow) {
    return purge -> {
      WireName of = purge.name();
      boolean below = speaksForBelow && of != null && of.isAtOrBelow(name);
      return purge.matches(below ? of : name, 1, "default");
    };
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void first_isThatOfALookAtEachPurge(long seed) {
    Random random = new Random(seed);
    List<Purge> purges = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      purges.add(purge(name(random), random.nextInt(4) == 0));
    }
    if (random.nextBoolean()) {
      purges.add(random.nextInt(purges.size()), purge(null, false));
    }
    PurgeIndex index = new PurgeIndex(purges);

    for (int i = 0; i < 500; i++) {
      WireName name = name(random);
      boolean speaksForBelow = random.nextBoolean();
      Predicate<Purge> meant = meaning(name, speaksForBelow);
      int first = -1;
      for (int k = purges.size() - 1; k >= 0; k--) {
        first = meant.test(purges.get(k)) ? k : first;
      }
      assertThat(index.first(name, speaksForBelow, meant))
          .as("seed %d, %s, %s", seed, name, speaksForBelow)
          .isEqualTo(first);
    }
  }

  @Test
  void first_looksOnlyAtPurgesThatTheNameLeadsTo() {
    List<Purge> purges = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      purges.add(purge(WireName.parse("n" + i + ".example"), false));
    }
    List<Purge> looked = new ArrayList<>();

    int first =
        new PurgeIndex(purges)
            .first(
                WireName.parse("www.n77.example"),
                true,
                purge -> {
                  looked.add(purge);
                  return false;
                });

    assertThat(first).isEqualTo(-1);
    assertThat(looked).containsExactly(purges.get(77));
  }
}
