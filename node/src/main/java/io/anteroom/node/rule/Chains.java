// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.flow.Outcome;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Rules;
import io.anteroom.protocol.Stage;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** The chains of a node, one for each stage. Immutable. */
public final class Chains implements Rules {
  private static final AtomicInteger GENERATIONS = new AtomicInteger();

  public static final Chains NONE = new Chains(Map.of());

  private final int generation = GENERATIONS.incrementAndGet();
  private final EnumMap<Stage, Chain> chains = new EnumMap<>(Stage.class);

  /** Takes the chains that have rules. */
  public Chains(Map<Stage, Chain> chains) {
    for (Stage stage : Stage.values()) {
      this.chains.put(stage, chains.getOrDefault(stage, Chain.EMPTY));
    }
  }

  /** The chain of this stage; it may have no rule. */
  public Chain of(Stage stage) {
    return chains.getOrDefault(stage, Chain.EMPTY);
  }

  @Override
  public Outcome run(Stage stage, Query query, int from) {
    return of(stage).run(query, from);
  }

  @Override
  public int generation() {
    return generation;
  }
}
