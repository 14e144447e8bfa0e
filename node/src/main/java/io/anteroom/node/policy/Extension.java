// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.flow.PolicyProgram;
import io.anteroom.node.operation.OperationRunner;
import java.util.List;
import java.util.Map;

/**
 * Code that comes with a configuration, but not from its policies: programs that rules run under
 * the names of policies, and services for which these suspend queries. It lives as long as the
 * node, so a configuration that has one can't be reloaded.
 */
public interface Extension {
  /** No code. */
  Extension NONE = new Extension() {};

  /** The programs, by the names that rules have for them. */
  default Map<String, PolicyProgram> programs() {
    return Map.of();
  }

  /** The services, whose connector is {@code ConnectorSettings.Given}. */
  default List<FilterSettings> services() {
    return List.of();
  }

  /** What carries out the operations of {@link #services}, by asyncID; closed by the node. */
  default Map<Integer, OperationRunner> runners() {
    return Map.of();
  }

  /**
   * Makes the programs ready for queries; called once, before the first query.
   *
   * @throws InvalidConfiguration if that fails; nothing is left open
   */
  default void start(PolicyHost host) throws InvalidConfiguration {}

  /** Why a node with this code can't load its configuration again. */
  default String whyNoReload() {
    return "the node was started without --config, so there is no file to load again";
  }

  /** Called when the node has answered its last query. */
  default void close() {}
}
