// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.config.NodeSettingsReader;
import io.anteroom.node.config.SettingsReader;
import io.anteroom.node.config.SettingsSource;
import io.anteroom.node.rule.ChainReader;
import io.anteroom.node.rule.Chains;
import io.anteroom.node.rule.RuleContext;
import java.nio.file.Path;
import java.util.List;

/**
 * All that a node is started with, checked as a whole.
 *
 * @param warnings of what is allowed, but may not be what was meant
 */
public record NodeConfiguration(NodeSettings settings, Chains chains, List<String> warnings) {
  private static final String DEFAULTS = "anteroom-default.conf";

  /**
   * Reads a file. It stands alone: what it does not set has the default of the reference, but it
   * has no filters, rules and zones other than its own.
   *
   * @throws InvalidConfiguration with everything that is wrong with it
   */
  public static NodeConfiguration load(Path file) throws InvalidConfiguration {
    Path parent = file.toAbsolutePath().getParent();
    return read(SettingsSource.file(file), parent == null ? file.toAbsolutePath() : parent);
  }

  /**
   * Reads a text as if it were a file in the working directory.
   *
   * @throws InvalidConfiguration with everything that is wrong with it
   */
  public static NodeConfiguration parse(String text) throws InvalidConfiguration {
    return read(SettingsSource.text("text", text), Path.of(""));
  }

  /** What a node does that is given no configuration: enough to be tried with no network at all. */
  public static NodeConfiguration defaults() {
    try {
      ClassLoader loader = NodeConfiguration.class.getClassLoader();
      return read(SettingsSource.resource(loader, DEFAULTS), Path.of(""));
    } catch (InvalidConfiguration e) {
      throw new IllegalStateException(
          "the built-in configuration can't be used here: " + e.getMessage(), e);
    }
  }

  private static NodeConfiguration read(SettingsReader root, Path directory)
      throws InvalidConfiguration {
    root.require("anteroom");
    SettingsReader anteroom = root.block("anteroom");
    NodeSettings settings = NodeSettingsReader.read(anteroom, directory);
    Chains chains = ChainReader.read(anteroom, RuleContext.read(anteroom, settings, directory));
    root.finish();
    return new NodeConfiguration(settings, chains, root.warnings());
  }
}
