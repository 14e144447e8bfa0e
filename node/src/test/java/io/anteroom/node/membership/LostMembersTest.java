// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Nodes are a, b, c, ...; filters are x, y. */
final class LostMembersTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final Map<String, LostMembers<String>> views = new HashMap<>();
  private final TreeSet<String> nodes = new TreeSet<>(Set.of("a", "b", "c"));
  private long now = 5 * SECOND;

  @Test
  void nobodyOutOfReach_nobodyIsDead() {
    assertThat(look("a", Map.of(), 60)).isEmpty();
  }

  @Test
  void deadNode_isSaidToBeSo_byTheLowestOfTheRest_andOnlyAfterAWhile() {
    Map<String, Set<String>> observers = Map.of("a", Set.of("b", "c"));
    assertThat(look("b", observers, 0)).isEmpty();
    assertThat(look("b", observers, 6)).isEmpty();
    assertThat(look("b", observers, 1)).containsExactly("a");
    assertThat(look("c", observers, 60)).isEmpty();
  }

  @Test
  void lastNode_takesAllOthersForDead_andNeverItself() {
    Map<String, Set<String>> observers = Map.of("a", Set.of("c"), "b", Set.of("c"));
    look("c", observers, 0);
    assertThat(look("c", observers, 8)).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void bothSidesOfAPartition_takeTheOtherForDead() {
    nodes.add("d");
    Map<String, Set<String>> seenHere = Map.of("c", Set.of("a", "b"), "d", Set.of("a", "b"));
    Map<String, Set<String>> seenThere = Map.of("a", Set.of("c", "d"), "b", Set.of("c", "d"));
    look("a", seenHere, 0);
    look("c", seenThere, 0);
    assertThat(look("a", seenHere, 8)).containsExactlyInAnyOrder("c", "d");
    assertThat(look("c", seenThere, 8)).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void brokenWayBetweenTwo_whomAThirdReaches_killsNobody() {
    Map<String, Set<String>> observers = Map.of("a", Set.of("b"), "b", Set.of("a"));
    for (String self : nodes) {
      look(self, observers, 0);
      assertThat(look(self, observers, 60)).as(self).isEmpty();
    }
  }

  @Test
  void filter_thatOneNodeStillReaches_isLeftAlone() {
    look("a", Map.of("x", Set.of("a", "b")), 0);
    assertThat(look("a", Map.of("x", Set.of("a", "b")), 60)).isEmpty();
    look("a", Map.of("x", Set.of("a", "b", "c")), 0);
    assertThat(look("a", Map.of("x", Set.of("a", "b", "c", "y")), 60)).containsExactly("x");
  }

  @Test
  void memberThatComesBack_hasItsWholeTimeAgain() {
    Map<String, Set<String>> observers = Map.of("c", Set.of("a", "b"));
    look("a", observers, 0);
    look("a", observers, 6);
    look("a", Map.of(), 1);
    look("a", observers, 1);
    assertThat(look("a", observers, 6)).isEmpty();
    assertThat(look("a", observers, 1)).containsExactly("c");
  }

  private Set<String> look(String self, Map<String, Set<String>> observers, int secondsLater) {
    now += secondsLater * SECOND;
    return views
        .computeIfAbsent(self, me -> new LostMembers<>(Duration.ofSeconds(7)))
        .look(self, nodes, observers, now);
  }
}
