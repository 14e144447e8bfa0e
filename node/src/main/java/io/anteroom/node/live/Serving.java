// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.live;

import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.query.UpstreamPools;
import io.anteroom.node.rule.Chains;
import io.anteroom.node.zone.LocalData;
import java.util.List;
import java.util.Map;

/**
 * All that a node does at a time, as far as it may change. Immutable; a reload makes another and
 * swaps it in.
 *
 * @param rules those of the configuration as operators have changed them
 * @param local what is answered here
 * @param pools by name, and for each event loop in its order
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
