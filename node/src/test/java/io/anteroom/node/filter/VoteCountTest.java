// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.GroupSettings;
import io.anteroom.node.config.GroupSettings.Decide;
import io.anteroom.node.config.Policy;
import io.anteroom.node.flow.Undecided;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Verdict;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VoteCountTest {
  private static final int MEMBERS = 3;
  private static final List<List<Integer>> ORDERS =
      List.of(
          List.of(0, 1, 2),
          List.of(0, 2, 1),
          List.of(1, 0, 2),
          List.of(1, 2, 0),
          List.of(2, 0, 1),
          List.of(2, 1, 0));
  private static final FilterSettings SERVICE =
      new FilterSettings(
          "member",
          1,
          Duration.ofSeconds(1),
          Policy.SERVFAIL,
          Policy.DROP,
          Policy.CONTINUE,
          1,
          1,
          1);

  /** All that can come of asking a member. */
  private enum Outcome {
    CONTINUE(Verdict.proceed()),
    RCODE(Verdict.rcode(3)),
    DROP(Verdict.drop()),
    ANSWER(Verdict.addresses(60, InetAddress.getLoopbackAddress())),
    TIMEOUT(null),
    NO_INSTANCE(null),
    OVERLOAD(null);

    private final @Nullable Verdict verdict;

    Outcome(@Nullable Verdict verdict) {
      this.verdict = verdict;
    }

    Verdict vote(int member) {
      if (verdict != null) {
        return verdict.withTags(Map.of("last", "m" + member, "m" + member, "yes"));
      }
      return Votes.of(
          SERVICE,
          switch (this) {
            case TIMEOUT -> Undecided.TIMEOUT;
            case NO_INSTANCE -> Undecided.NO_FILTER;
            default -> Undecided.OVERLOAD;
          });
    }
  }

  @ParameterizedTest
  @CsvSource({"FIRST_REFUSAL, 2", "ALL, 2", "QUORUM, 1", "QUORUM, 2", "QUORUM, 3"})
  void outcomes_allOfThem_inAnyOrder_comeToWhatTheModelSays(Decide decide, int quorum) {
    GroupSettings settings = settings(decide, quorum);
    for (Outcome a : Outcome.values()) {
      for (Outcome b : Outcome.values()) {
        for (Outcome c : Outcome.values()) {
          List<Verdict> votes = List.of(a.vote(0), b.vote(1), c.vote(2));
          for (List<Integer> order : ORDERS) {
            assertThat(decide(new VoteCount(settings), votes, order))
                .as("%s %s %s, in the order %s", a, b, c, order)
                .isEqualTo(model(settings, votes, order));
          }
        }
      }
    }
  }

  /** What was decided, and after how many votes. */
  private record Decision(int votes, Verdict verdict) {}

  private static Decision decide(VoteCount count, List<Verdict> votes, List<Integer> order) {
    for (int n = 0; n < MEMBERS; n++) {
      Verdict verdict = count.cast(order.get(n), votes.get(order.get(n)));
      if (verdict != null) {
        return new Decision(n + 1, verdict);
      }
    }
    throw new AssertionError("all have voted");
  }

  private static Decision model(GroupSettings settings, List<Verdict> votes, List<Integer> order) {
    for (int n = 1; ; n++) {
      SortedSet<Integer> there = new TreeSet<>(order.subList(0, n));
      Integer winner = winner(settings, votes, there);
      if (winner != null) {
        Map<String, String> tags = new HashMap<>();
        there.forEach(member -> tags.putAll(votes.get(member).tags()));
        tags.putAll(votes.get(winner).tags());
        return new Decision(n, votes.get(winner).withTags(tags));
      }
    }
  }

  private static @Nullable Integer winner(
      GroupSettings settings, List<Verdict> votes, SortedSet<Integer> there) {
    int[] alike = new int[4];
    there.forEach(member -> alike[rank(votes.get(member))]++);
    int missing = MEMBERS - there.size();
    boolean refused = alike[0] + alike[1] + alike[2] > 0;
    int most = 0;
    for (int rank = 0; rank < alike.length; rank++) {
      if (settings.decide() == Decide.QUORUM && alike[rank] == settings.quorum()) {
        int wanted = rank;
        return there.stream().filter(m -> rank(votes.get(m)) == wanted).findFirst().orElseThrow();
      }
      most = Math.max(most, alike[rank]);
    }
    boolean enough =
        switch (settings.decide()) {
          case FIRST_REFUSAL -> refused || missing == 0;
          case ALL -> missing == 0;
          case QUORUM -> most + missing < settings.quorum();
        };
    return enough
        ? there.stream().min(Comparator.comparing(m -> rank(votes.get(m)))).orElseThrow()
        : null;
  }

  private static int rank(Verdict vote) {
    return List.of("Drop", "Rcode", "Addresses", "Continue")
        .indexOf(vote.decision().getClass().getSimpleName());
  }

  private static GroupSettings settings(Decide decide, int quorum) {
    return new GroupSettings(List.of("a", "b", "c"), decide, quorum);
  }

  @Test
  void voteForAPool_goesBeforeOneThatMerelyGoesOn_butNotBeforeARefusal() {
    assertThat(all(Verdict.proceed(), Verdict.toPool("safe"), Verdict.askAgain()))
        .isEqualTo(Verdict.toPool("safe"));
    assertThat(all(Verdict.proceed(), Verdict.proceed(), Verdict.askAgain()))
        .isEqualTo(Verdict.askAgain());
    assertThat(all(Verdict.toPool("safe"), Verdict.truncate(), Verdict.changeName("x.example")))
        .isEqualTo(Verdict.truncate());
    assertThat(all(Verdict.truncate(), Verdict.rcode(0), Verdict.rcode(5)))
        .isEqualTo(Verdict.rcode(0));
  }

  @Test
  void extendedError_isTheWinners() {
    Verdict winner = Verdict.refuse(new ExtendedError(ExtendedError.BLOCKED, "b"));
    assertThat(all(Verdict.proceed().withError(new ExtendedError(1)), winner, Verdict.proceed()))
        .isEqualTo(winner);
    assertThat(all(Verdict.drop(), winner, Verdict.proceed()).error()).isNull();
  }

  @Test
  void votesThatHold_makeAVerdictThatDoesNot() {
    Verdict held = Verdict.drop().holdsFor(Duration.ofMinutes(1));
    assertThat(all(held, held, held)).isEqualTo(Verdict.drop());
  }

  @Test
  void tags_forWhichThereIsNoRoom_areThoseOfTheFirstLosers() {
    VoteCount votes = new VoteCount(settings(Decide.ALL, 2));
    assertThat(votes.cast(0, Verdict.proceed().withTags(tags("a")))).isNull();
    assertThat(votes.cast(1, Verdict.drop().withTags(tags("b")))).isNull();
    Verdict verdict = votes.cast(2, Verdict.proceed().withTags(tags("c")));

    assertThat(verdict).isNotNull();
    assertThat(verdict.tags()).hasSize(Verdict.MAX_TAGS).containsAllEntriesOf(tags("b"));
    assertThat(verdict.tags().keySet()).noneMatch(name -> name.startsWith("a"));
    assertThat(votes.tagsLeftOut()).isEqualTo(3 * 20 - Verdict.MAX_TAGS);
  }

  private static Map<String, String> tags(String prefix) {
    Map<String, String> tags = new HashMap<>();
    for (int i = 0; i < 20; i++) {
      tags.put(prefix + i, prefix);
    }
    return tags;
  }

  @Test
  void secondVoteOfAMember_isAMistake() {
    VoteCount votes = new VoteCount(settings(Decide.ALL, 2));
    assertThat(votes.cast(1, Verdict.proceed())).isNull();
    assertThatIllegalStateException().isThrownBy(() -> votes.cast(1, Verdict.drop()));
  }

  private static Verdict all(Verdict a, Verdict b, Verdict c) {
    return decide(new VoteCount(settings(Decide.ALL, 2)), List.of(a, b, c), List.of(2, 0, 1))
        .verdict();
  }
}
