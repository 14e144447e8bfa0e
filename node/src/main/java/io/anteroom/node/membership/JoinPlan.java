// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a node without a cluster does next, from what the others say.
 *
 * <p>If one of them is up, it joins that one's cluster; of several clusters the one that would stay
 * if they met. If none is, the seeds that are there agree on the one with the lowest address, which
 * begins a cluster that the others join. They wait a while for seeds that do not answer, so that
 * nodes which start together find one another; after that they go on without them. A node that can
 * reach no seed at all begins a cluster of its own. Should two clusters arise, because seeds could
 * not reach each other for longer than that, they become one when they can.
 */
sealed interface JoinPlan {
  /** How long seeds that do not answer are waited for. */
  Duration PATIENCE = Duration.ofSeconds(5);

  /** Join the cluster of this node, {@code host:port}. */
  record Join(String address) implements JoinPlan {}

  /** Begin a cluster. */
  record Begin() implements JoinPlan {}

  /** Ask again a little later. */
  record Wait() implements JoinPlan {}

  /**
   * The plan.
   *
   * @param self the address of this node
   * @param seeds the addresses that all nodes are configured with, as they are written there
   * @param answers what others say, by the address at which they were asked
   * @param waited since this node began to look for a cluster
   */
  static JoinPlan of(
      String self, Collection<String> seeds, Map<String, Standing> answers, Duration waited) {
    Standing best = null;
    for (Standing answer : answers.values()) {
      if (answer.isUp() && (best == null || answer.staysAgainst(best))) {
        best = answer;
      }
    }
    if (best != null) {
      return new Join(best.address());
    }
    boolean patient = waited.compareTo(PATIENCE) < 0;
    if (patient && !isEverybodyThere(self, seeds, answers.keySet())) {
      return new Wait();
    }
    return firstOf(self, seeds, answers).equals(self) ? new Begin() : new Wait();
  }

  private static boolean isEverybodyThere(
      String self, Collection<String> seeds, Set<String> answered) {
    return seeds.stream().allMatch(seed -> seed.equals(self) || answered.contains(seed));
  }

  /** Which of those that are there is to begin: a seed, if one is there. */
  private static String firstOf(
      String self, Collection<String> seeds, Map<String, Standing> answers) {
    TreeSet<String> there = new TreeSet<>();
    for (String seed : seeds) {
      Standing answer = answers.get(seed);
      if (answer != null) {
        there.add(answer.address());
      }
    }
    if (seeds.contains(self) || there.isEmpty()) {
      there.add(self);
    }
    return there.first();
  }

  /** The seeds that do not answer. */
  static List<String> missing(
      String self, Collection<String> seeds, Map<String, Standing> answers) {
    return seeds.stream().filter(seed -> !seed.equals(self) && !answers.containsKey(seed)).toList();
  }
}
