// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.live;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.policy.Policies;
import io.anteroom.node.rule.Chains;
import java.util.Collection;
import java.util.List;

/**
 * A configuration that has been read and checked as a whole. Immutable.
 *
 * @param chains its rules, without the operators' changes
 * @param policies the code that its rules run
 * @param warnings about settings that are valid but may be unintended
 */
public record LiveConfiguration(
    NodeSettings settings, Chains chains, Policies policies, List<String> warnings) {
  public LiveConfiguration {
    warnings = List.copyOf(warnings);
  }

  /** The source of a node's configuration. */
  @FunctionalInterface
  public interface Source {
    /**
     * Reads the configuration again. May block.
     *
     * @param running the settings in effect
     * @param services all filter services of the node, including those that are no longer
     *     configured
     * @throws InvalidConfiguration with all errors, and all changes of settings that can't change
     *     while the node runs
     */
    LiveConfiguration load(NodeSettings running, Collection<FilterSettings> services)
        throws InvalidConfiguration;
  }
}
