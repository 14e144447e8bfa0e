// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.upstream.ServerSet.Candidate;
import io.anteroom.node.upstream.ServerSet.Chooser;
import io.anteroom.node.wire.WireQuery;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Where queries go, by policy. */
class ChooserTest {
  private static final WireQuery ANY = PoolBench.query("www.example");
  private static final int MANY = 20_000;

  private final long seed = new Random().nextLong();
  private final RandomBits random = new RandomBits(new Random(seed));

  private record Fake(ServerSettings server, int outstanding) implements Candidate {}

  private static Fake server(int number, int weight, int outstanding) {
    InetSocketAddress address = new InetSocketAddress("192.0.2." + number, 53);
    return new Fake(new ServerSettings(address, 53, null, weight), outstanding);
  }

  private static Candidate[] weights(int... weights) {
    return IntStream.range(0, weights.length)
        .mapToObj(i -> server(i + 1, weights[i], 0))
        .toArray(Candidate[]::new);
  }

  private static int[] chosen(Chooser chooser, long candidates, Candidate[] servers) {
    int[] counts = new int[servers.length];
    for (int i = 0; i < MANY; i++) {
      counts[chooser.choose(candidates, servers, PoolBench.query("n" + i + ".example"))]++;
    }
    return counts;
  }

  private void assertShares(int[] counts, double... shares) {
    for (int i = 0; i < counts.length; i++) {
      assertThat((double) counts[i] / MANY)
          .as("server %d of %s, seed %d", i, Arrays.toString(counts), seed)
          .isCloseTo(shares[i], within(0.02));
    }
  }

  @Test
  void firstAvailable_isTheFirstCandidate() {
    assertThat(new FirstAvailable().choose(0b110, weights(1, 1, 1), ANY)).isEqualTo(1);
  }

  @Test
  void leastOutstanding_countsByWeight_andOfEqualsTheFirst() {
    Chooser chooser = new LeastOutstanding();
    Candidate[] servers = {server(1, 1, 5), server(2, 1, 3), server(3, 4, 13), server(4, 1, 3)};
    assertThat(chooser.choose(0b1111, servers, ANY)).isEqualTo(2);
    assertThat(chooser.choose(0b1011, servers, ANY)).isEqualTo(1);
    assertThat(chooser.choose(0b1001, servers, ANY)).isEqualTo(3);
    assertThat(chooser.choose(0b0001, servers, ANY)).isZero();
    assertThat(chooser.choose(0b11, weights(1, 1), ANY)).isZero();
    assertThat(chooser.choose(0b11, weights(1, 2), ANY)).isEqualTo(1);
  }

  @Test
  void roundRobin_turnsAreSpreadEvenly() {
    Chooser chooser = new RoundRobin(3);
    Candidate[] servers = weights(5, 1, 1);
    assertThat(IntStream.range(0, 14).map(i -> chooser.choose(0b111, servers, ANY)))
        .containsExactly(0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 2, 0, 0);
  }

  @Test
  void roundRobin_oneIsAway_theOthersTakeTurns() {
    Chooser chooser = new RoundRobin(3);
    Candidate[] servers = weights(1, 1, 1);
    assertThat(IntStream.range(0, 4).map(i -> chooser.choose(0b101, servers, ANY)))
        .containsExactly(0, 2, 0, 2);
  }

  @Test
  void weightedRandom_isAsLikelyAsItsWeight() {
    assertShares(
        chosen(new WeightedRandom(random, true), 0b1111, weights(1, 2, 5, 2)), 0.1, 0.2, 0.5, 0.2);
    assertShares(
        chosen(new WeightedRandom(random, true), 0b1001, weights(1, 2, 5, 3)), 0.25, 0, 0, 0.75);
    assertShares(chosen(new WeightedRandom(random, true), 0b11, weights(1000, 1000)), 0.5, 0.5);
  }

  @Test
  void weightedRandom_withoutWeights_isEvenAndReachesTheSixtyFourth() {
    int[] ones = new int[64];
    Arrays.fill(ones, 1);
    int[] counts = chosen(new WeightedRandom(random, false), -1L, weights(ones));
    assertThat(Arrays.stream(counts)).as("seed %d", seed).allMatch(n -> n > 200 && n < 440);
  }

  @Test
  void consistentHash_sharesNamesByWeight() {
    Candidate[] servers = weights(1, 2, 1);
    assertShares(chosen(hash(servers, 100), 0b111, servers), 0.25, 0.5, 0.25);
  }

  @Test
  void consistentHash_sameName_sameServerWithoutRegardToCaseAndOrder() {
    Candidate[] servers = weights(1, 1, 1, 1);
    Candidate[] turned = {servers[3], servers[2], servers[1], servers[0]};
    for (int i = 0; i < 100; i++) {
      int lower = hash(servers, 2).choose(0b1111, servers, PoolBench.query("n" + i + ".example"));
      int upper = hash(servers, 2).choose(0b1111, servers, PoolBench.query("N" + i + ".EXAMPLE"));
      int other = hash(turned, 2).choose(0b1111, turned, PoolBench.query("n" + i + ".example"));
      assertThat(upper).isEqualTo(lower);
      assertThat(other).isEqualTo(3 - lower);
    }
  }

  @Test
  void consistentHash_oneGoes_onlyItsNamesMove() {
    Candidate[] servers = weights(1, 1, 1, 1);
    Chooser chooser = hash(servers, 100);
    for (int i = 0; i < 1_000; i++) {
      WireQuery query = PoolBench.query("n" + i + ".example");
      int before = chooser.choose(0b1111, servers, query);
      int after = chooser.choose(0b1011, servers, query);
      assertThat(after).isNotEqualTo(2);
      if (before != 2) {
        assertThat(after).isEqualTo(before);
      }
    }
  }

  @Test
  void consistentHash_serverWithMoreThanItsShare_isPassedOver() {
    Candidate[] idle = weights(1, 1, 1);
    int home = hash(idle, 1.25).choose(0b111, idle, ANY);
    // With this query there are 31, of which a server may have 1.25 times a third: 12.9.
    assertThat(hash(idle, 1.25).choose(0b111, loaded(home, 12, 9, 9), ANY)).isEqualTo(home);
    assertThat(hash(idle, 1.25).choose(0b111, loaded(home, 13, 9, 8), ANY)).isNotEqualTo(home);
  }

  private static Candidate[] loaded(int home, int there, int next, int last) {
    int[] loads = {next, last, last};
    Candidate[] servers = new Candidate[3];
    int other = 0;
    for (int i = 0; i < 3; i++) {
      servers[i] = server(i + 1, 1, i == home ? there : loads[other++]);
    }
    return servers;
  }

  private static Chooser hash(Candidate[] servers, double loadFactor) {
    return new ConsistentHash(List.of(servers), loadFactor);
  }
}
