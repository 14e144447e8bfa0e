// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.membership.Standing.State;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class JoinPlanTest {
  private static final List<String> SEEDS = List.of("a:1", "b:1", "c:1");
  private static final Duration LATE = JoinPlan.PATIENCE;

  @Test
  void nodeWithoutSeeds_beginsAtOnce() {
    assertThat(JoinPlan.of("a:1", List.of(), Map.of(), Duration.ZERO))
        .isEqualTo(new JoinPlan.Begin());
  }

  @Test
  void anybodyWhoIsUp_isJoined_whoeverElseIsMissing() {
    assertThat(JoinPlan.of("a:1", SEEDS, Map.of("c:1", up("c:1")), Duration.ZERO))
        .isEqualTo(new JoinPlan.Join("c:1"));
  }

  @Test
  void ofTwoClusters_theOneThatWouldStay_isJoined() {
    Standing large = up("c:1", "c:1", "d:1");
    assertThat(JoinPlan.of("e:1", SEEDS, Map.of("a:1", up("a:1"), "c:1", large), Duration.ZERO))
        .isEqualTo(new JoinPlan.Join("c:1"));
    assertThat(JoinPlan.of("e:1", SEEDS, Map.of("b:1", up("b:1"), "c:1", up("c:1")), LATE))
        .isEqualTo(new JoinPlan.Join("b:1"));
  }

  @Test
  void allSeedsThere_theLowestBegins_andTheOthersWait() {
    assertThat(JoinPlan.of("a:1", SEEDS, looking("b:1", "c:1"), Duration.ZERO))
        .isEqualTo(new JoinPlan.Begin());
    assertThat(JoinPlan.of("b:1", SEEDS, looking("a:1", "c:1"), Duration.ZERO))
        .isEqualTo(new JoinPlan.Wait());
  }

  @Test
  void firstSeedMissing_theNextBegins_butNotBeforeItsTimeIsUp() {
    assertThat(JoinPlan.of("b:1", SEEDS, looking("c:1"), Duration.ofSeconds(4)))
        .isEqualTo(new JoinPlan.Wait());
    assertThat(JoinPlan.of("b:1", SEEDS, looking("c:1"), LATE)).isEqualTo(new JoinPlan.Begin());
    assertThat(JoinPlan.of("c:1", SEEDS, looking("b:1"), LATE)).isEqualTo(new JoinPlan.Wait());
    assertThat(JoinPlan.missing("b:1", SEEDS, looking("c:1"))).containsExactly("a:1");
  }

  @Test
  void nodeThatIsNoSeed_leavesItToASeedThatIsThere_butGoesOnAloneWithoutAny() {
    assertThat(JoinPlan.of("0:1", SEEDS, looking("c:1"), LATE)).isEqualTo(new JoinPlan.Wait());
    assertThat(JoinPlan.of("0:1", SEEDS, Map.of(), LATE)).isEqualTo(new JoinPlan.Begin());
  }

  @Test
  void nodeThatMoves_isNotJoined() {
    Map<String, Standing> moving = Map.of("a:1", new Standing("a:1", State.MOVING, List.of()));
    assertThat(JoinPlan.of("b:1", List.of("a:1", "b:1"), moving, Duration.ZERO))
        .isEqualTo(new JoinPlan.Wait());
  }

  @Test
  void seedWrittenAsAName_isKnownByTheAddressThatItGives() {
    Map<String, Standing> answers =
        Map.of("one.example:1", new Standing("a:1", State.LOOKING, List.of()));
    assertThat(JoinPlan.of("b:1", List.of("one.example:1", "b:1"), answers, Duration.ZERO))
        .isEqualTo(new JoinPlan.Wait());
    assertThat(JoinPlan.of("0:1", List.of("one.example:1", "0:1"), answers, Duration.ZERO))
        .isEqualTo(new JoinPlan.Begin());
  }

  private static Map<String, Standing> looking(String... addresses) {
    var answers = new java.util.HashMap<String, Standing>();
    for (String address : addresses) {
      answers.put(address, new Standing(address, State.LOOKING, List.of()));
    }
    return answers;
  }

  private static Standing up(String address, String... nodes) {
    List<String> all = nodes.length == 0 ? List.of(address) : List.of(nodes);
    return new Standing(
        address, State.UP, all.stream().map(node -> new Standing.Node(node, 1, true)).toList());
  }
}
