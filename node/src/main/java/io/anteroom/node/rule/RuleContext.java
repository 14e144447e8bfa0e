// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.config.SettingsReader;

/** What the rules of a configuration may name: filters, pools, listeners. */
public final class RuleContext {
  private final NodeSettings settings;

  private RuleContext(NodeSettings settings) {
    this.settings = settings;
  }

  /**
   * Reads what stands beside the rules in {@code anteroom}; what is wrong is noted in the reader.
   *
   * @param settings have the filters and pools that rules name
   */
  public static RuleContext read(SettingsReader anteroom, NodeSettings settings) {
    return new RuleContext(settings);
  }

  NodeSettings settings() {
    return settings;
  }
}
