// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.SettingsReader;
import io.anteroom.node.config.SettingsSource;
import io.anteroom.protocol.Stage;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Reads the chains of rules; what is wrong is noted in the reader. */
public final class ChainReader {
  private ChainReader() {}

  /** Reads the block {@code rules} of {@code anteroom}. */
  public static Chains read(SettingsReader anteroom, RuleContext context) {
    SettingsReader rules = anteroom.block("rules");
    RuleNames names = new RuleNames();
    for (Stage stage : Stage.values()) {
      rules.blocks(stage.word()).forEach(names::take);
    }
    Map<Stage, Chain> chains = new EnumMap<>(Stage.class);
    for (Stage stage : Stage.values()) {
      List<Rule> chain = new ArrayList<>();
      for (SettingsReader block : rules.blocks(stage.word())) {
        chain.add(rule(stage, block, context, names.next(stage, chain.size() + 1)));
      }
      chains.put(stage, Chain.of(chain));
    }
    return new Chains(chains, context);
  }

  /**
   * Reads one rule; what is wrong is noted in the reader.
   *
   * @param fallbackName for a rule that has none
   */
  public static Rule rule(
      Stage stage, SettingsReader block, RuleContext context, String fallbackName) {
    block.require("match");
    block.require("action");
    String name = block.parsed("name", fallbackName, RuleNames::checked);
    return new Rule(
        name,
        new SelectorReader(context, stage).read(block),
        new ActionReader(context, stage, name).read(block),
        block.rendered());
  }

  /**
   * Reads a rule that stands by itself, and has a name.
   *
   * @throws InvalidConfiguration with everything that is wrong with it
   */
  public static Rule rule(Stage stage, String source, RuleContext context)
      throws InvalidConfiguration {
    SettingsReader block = SettingsSource.foreignText("rule", source);
    block.require("name");
    Rule rule = rule(stage, block, context, "");
    block.finish();
    return rule;
  }
}
