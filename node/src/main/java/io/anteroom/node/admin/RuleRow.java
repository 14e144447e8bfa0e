// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import io.anteroom.node.live.ConfigReloader.Listed;
import io.anteroom.node.rule.EditedRules;
import io.anteroom.node.rule.Rule;
import io.anteroom.protocol.Stage;
import java.util.ArrayList;
import java.util.List;

/**
 * A rule of one node.
 *
 * @param position in its stage, from 1
 * @param hits number of queries to which its action was applied
 */
record RuleRow(
    String node,
    String stage,
    int position,
    String name,
    boolean enabled,
    long hits,
    String match,
    String action)
    implements AdminPage.Row {
  /** Maximum length of a text part in characters, because a list of names may have any length. */
  static final int MAX_PART = 200;

  /**
   * A change of the rules that a node has skipped.
   *
   * @param text the change and the reason
   */
  record Misfit(String node, String text) implements AdminPage.Row {}

  static List<AdminPage.Row> of(String node, Listed listed) {
    List<AdminPage.Row> rows = new ArrayList<>();
    for (Stage stage : Stage.values()) {
      int position = 1;
      for (EditedRules.Entry entry : listed.rules().of(stage)) {
        Rule rule = entry.rule();
        rows.add(
            new RuleRow(
                node,
                stage.word(),
                position++,
                rule.name(),
                entry.enabled(),
                rule.hits(),
                limited(rule.part("match")),
                limited(rule.part("action"))));
      }
    }
    listed.misfits().forEach(text -> rows.add(new Misfit(node, limited(text))));
    return rows;
  }

  private static String limited(String text) {
    return text.length() <= MAX_PART ? text : text.substring(0, MAX_PART) + "...";
  }

  /** Whether both nodes have the same rule at the same position. */
  boolean isSameAs(RuleRow other) {
    return stage.equals(other.stage)
        && position == other.position
        && name.equals(other.name)
        && enabled == other.enabled
        && match.equals(other.match)
        && action.equals(other.action);
  }
}
