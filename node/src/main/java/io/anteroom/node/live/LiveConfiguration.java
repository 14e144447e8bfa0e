// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.live;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.rule.Chains;
import java.util.Collection;
import java.util.List;

/**
 * A configuration that has been read and checked as a whole. Immutable.
 *
 * @param chains its rules, without what operators changed
 * @param warnings of what is allowed, but may not be what was meant
 */
public record LiveConfiguration(NodeSettings settings, Chains chains, List<String> warnings) {
  public LiveConfiguration {
    warnings = List.copyOf(warnings);
  }

  /** Where the configuration of a node comes from. */
  @FunctionalInterface
  public interface Source {
    /**
     * Reads it again. May block.
     *
     * @param running what the node does now
     * @param services all filter services that it knows, those among them that it no longer asks
     * @throws InvalidConfiguration with all that is wrong with it, and all that has changed but
     *     can't change while the node runs
     */
    LiveConfiguration load(NodeSettings running, Collection<FilterSettings> services)
        throws InvalidConfiguration;
  }
}
