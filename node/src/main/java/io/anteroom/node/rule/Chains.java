// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.Rules;
import io.anteroom.protocol.Stage;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;

/** The chains of a node, one for each stage. Immutable except for the counters of rules. */
public final class Chains implements Rules {
  private static final AtomicInteger GENERATIONS = new AtomicInteger();

  private final int generation = GENERATIONS.incrementAndGet();
  private final EnumMap<Stage, Chain> chains = new EnumMap<>(Stage.class);
  private final RuleContext context;

  /** Creates chains; stages without rules may be missing in the map. */
  public Chains(Map<Stage, Chain> chains, RuleContext context) {
    for (Stage stage : Stage.values()) {
      this.chains.put(stage, chains.getOrDefault(stage, Chain.EMPTY));
    }
    this.context = context;
  }

  /** The chain of this stage, which may be empty. */
  public Chain of(Stage stage) {
    return chains.getOrDefault(stage, Chain.EMPTY);
  }

  /** The context that the rules share. */
  public RuleContext context() {
    return context;
  }

  /** The asyncIDs of the services for which rules suspend, themselves or by their policies. */
  public Set<Integer> services() {
    Set<Integer> services = new TreeSet<>();
    for (Chain chain : chains.values()) {
      for (Rule rule : chain.rules()) {
        services.addAll(rule.action().services());
      }
    }
    return services;
  }

  @Override
  public RuleOutcome run(Stage stage, Query query, int from) {
    return of(stage).run(query, from);
  }

  @Override
  public boolean responseOnce() {
    return context.responseOnce();
  }

  @Override
  public int generation() {
    return generation;
  }
}
