// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The next step of a node without a cluster, decided from the standings of other nodes.
 *
 * <p>If a node is up, this node joins its cluster; if there are several clusters, the one that
 * would stay if they met. If no node is up, the seeds that answer agree on the one with the lowest
 * address, which forms a cluster that the others join. For a while they wait for seeds that do not
 * answer, so that nodes which start together find one another; then they go on without them. A seed
 * that can reach no other seed, or a node that can reach no seed at all, forms a cluster of its
 * own. If two clusters are formed, because seeds could not reach each other for longer than that,
 * they become one when they can.
 */
sealed interface JoinPlan {
  /** How long to wait for seeds that do not answer. */
  Duration PATIENCE = Duration.ofSeconds(5);

  /** Join the cluster of this node, {@code host:port}. */
  record Join(String address) implements JoinPlan {}

  /** Form a new cluster. */
  record Begin() implements JoinPlan {}

  /** Ask the other nodes again later. */
  record Wait() implements JoinPlan {}

  /**
   * Decides the next step.
   *
   * @param self the address of this node
   * @param seeds addresses of the seeds, as configured on all nodes
   * @param answers standings of other nodes, by the address at which they were asked
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

  /**
   * The address of the node that forms the cluster: the lowest of the seeds that are there, or this
   * node if it can reach none.
   */
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

  /** The seeds that have not answered. */
  static List<String> missing(
      String self, Collection<String> seeds, Map<String, Standing> answers) {
    return seeds.stream().filter(seed -> !seed.equals(self) && !answers.containsKey(seed)).toList();
  }
}
