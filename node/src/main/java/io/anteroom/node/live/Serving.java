// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.live;

import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.query.UpstreamPools;
import io.anteroom.node.rule.Chains;
import io.anteroom.node.zone.LocalData;
import java.util.List;
import java.util.Map;

/**
 * The changeable state of a node at one time. Immutable; a reload creates a new one and swaps it
 * in.
 *
 * @param rules the rules of the configuration with the operators' changes
 * @param local the data from which the node answers itself
 * @param pools by name; each list has one pool per event loop, in loop order
 */
record Serving(
    NodeSettings settings,
    Chains rules,
    LocalData local,
    Map<String, List<UpstreamPools.Pool>> pools) {
  Serving {
    pools = Map.copyOf(pools);
  }

  Serving withRules(Chains others) {
    return new Serving(settings, others, local, pools);
  }
}
