// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.membership.Standing.Node;
import io.anteroom.node.membership.Standing.State;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StandingTest {
  @Test
  void standing_isReadAsItWasWritten() {
    Standing standing =
        new Standing(
            "127.0.0.1:17355",
            State.UP,
            List.of(new Node("127.0.0.1:17355", -7, true), new Node("127.0.0.1:17356", 8, false)));
    assertThat(Standing.read(standing.write())).isEqualTo(standing);
  }

  @Test
  void ofTwoClusters_exactlyOneStays_andBothAgreeWhich() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < 10_000; i++) {
      // Two clusters have no node in common that can be reached.
      List<Integer> numbers = new java.util.ArrayList<>(IntStream.range(10, 20).boxed().toList());
      java.util.Collections.shuffle(numbers, random);
      Standing one = cluster(numbers.subList(0, 1 + random.nextInt(4)), random);
      Standing other = cluster(numbers.subList(5, 6 + random.nextInt(4)), random);
      assertThat(one.staysAgainst(other))
          .as("seed %d, %s, %s", seed, one, other)
          .isNotEqualTo(other.staysAgainst(one));
    }
  }

  @Test
  void largerCluster_stays_whateverItsAddresses() {
    Standing two = cluster(List.of(15, 16), new Random(1));
    Standing one = cluster(List.of(10), new Random(1));
    assertThat(two.staysAgainst(one)).isTrue();
  }

  @Test
  void nodesThatCannotBeReached_countForNothing() {
    Standing alone =
        new Standing("b:1", State.UP, List.of(new Node("b:1", 1, true), new Node("c:1", 1, false)));
    Standing low = new Standing("a:1", State.UP, List.of(new Node("a:1", 1, true)));
    assertThat(low.staysAgainst(alone)).isTrue();
  }

  @Test
  void process_isKnownByItsNumber_notByItsAddressAlone() {
    Standing standing = new Standing("a:1", State.UP, List.of(new Node("b:1", 5, false)));
    assertThat(standing.knows("b:1", 5)).isTrue();
    assertThat(standing.knows("b:1", 6)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "anteroom-standing 1",
        "anteroom-standing 1\naddress a:1\nstate WELL",
        "anteroom-standing 1\naddress\nstate UP",
        "anteroom-standing 1\naddress a:1\nstate UP\nnode a:1 x reachable",
        "HTTP/1.1 400 Bad Request\naddress a:1\nstate UP",
      })
  void whatNoNodeSays_isNoStanding(String text) {
    assertThat(Standing.read(text.getBytes(StandardCharsets.UTF_8))).isNull();
  }

  @Test
  void linesOfALaterVersion_arePassedOver() {
    String text = "anteroom-standing 1\naddress a:1\nlanes 4\nstate UP\nnode a:1 3 reachable up\n";
    assertThat(Standing.read(text.getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(new Standing("a:1", State.UP, List.of(new Node("a:1", 3, true))));
  }

  private static Standing cluster(List<Integer> nodes, Random random) {
    List<Node> all =
        nodes.stream().map(node -> new Node("n" + node + ":1", random.nextLong(), true)).toList();
    return new Standing(all.get(0).address(), State.UP, all);
  }
}
