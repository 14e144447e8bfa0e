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
import java.util.function.Function;

/** Reads the chains of rules; errors are recorded in the reader. */
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
      List<SettingsReader> blocks = rules.blocks(stage.word());
      for (SettingsReader block : blocks) {
        String name = names.next(stage, chain.size() + 1);
        chain.add(rule(stage, block, context, context::list, name));
      }
      warnOfRulesBehindAll(chain, blocks);
      chains.put(stage, Chain.of(chain));
    }
    context.warnOfTagsThatNothingSets();
    return new Chains(chains, context);
  }

  private static void warnOfRulesBehindAll(List<Rule> chain, List<SettingsReader> blocks) {
    for (int i = 0; i + 1 < chain.size(); i++) {
      if (endsAll(chain.get(i))) {
        String before = chain.get(i).name();
        blocks
            .get(i + 1)
            .warn(
                "match", "no query comes to this rule: \"" + before + "\" ends the chain for all");
        return;
      }
    }
  }

  /** Whether this rule ends the chain for every query. */
  private static boolean endsAll(Rule rule) {
    Action action = rule.action() instanceof AnswerActions.WithError e ? e.then() : rule.action();
    return rule.selector() instanceof Selector.All
        && (action instanceof Action.Drop
            || action instanceof Action.Done
            || (action instanceof Action.ThenDone then && goesOnAlways(then.action()))
            || action instanceof AnswerActions.Rcode
            || action instanceof AnswerActions.Spoof
            || action instanceof AnswerActions.Negative);
  }

  /** Whether this action concerns every query and is no suspension, which may not come about. */
  private static boolean goesOnAlways(Action action) {
    return action instanceof Action.Pool
        || action instanceof Action.SetTags
        || action instanceof Action.UnsetTags;
  }

  /**
   * Reads one rule; errors are recorded in the reader.
   *
   * @param lists finds a list by its name or file
   * @param fallbackName the name of a rule that has none
   */
  private static Rule rule(
      Stage stage,
      SettingsReader block,
      RuleContext context,
      Function<String, ListFile> lists,
      String fallbackName) {
    block.require("match");
    block.require("action");
    String name = block.parsed("name", fallbackName, RuleNames::checked);
    return new Rule(
        name,
        new SelectorReader(context, lists, stage).read(block),
        new ActionReader(context, lists, stage, name).read(block),
        block.rendered());
  }

  /**
   * Reads a rule that an operator added through the admin interface. It must have a name, and may
   * read only files below the directory of the configuration.
   *
   * @throws InvalidConfiguration if it is invalid, with all errors
   */
  public static Rule rule(Stage stage, String source, RuleContext context)
      throws InvalidConfiguration {
    SettingsReader block = SettingsSource.plain("rule", source);
    block.require("name");
    Rule rule = rule(stage, block, context, context::listOfOperator, "");
    block.finish();
    return rule;
  }
}
