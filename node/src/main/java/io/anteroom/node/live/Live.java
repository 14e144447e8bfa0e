// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.live;

import io.anteroom.node.config.Netmask;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.query.UpstreamPools;
import io.anteroom.node.rule.Chains;
import io.anteroom.node.zone.LocalData;
import java.util.List;
import java.util.Map;

/**
 * The configuration that is in effect on a node. One reference holds all of it, so that no thread
 * sees a mix of an old and a new one. Thread-safe; written by the {@link ConfigReloader} only.
 */
public final class Live {
  private volatile Serving serving;
  private volatile boolean rulesShared;

  /** Creates the state at start; the pools are added before the listeners start. */
  public Live(NodeSettings settings, Chains rules, LocalData local) {
    this.serving = new Serving(settings, rules, local, Map.of());
  }

  public NodeSettings settings() {
    return serving.settings();
  }

  /** The rules for queries that begin now. */
  public Chains rules() {
    return serving.rules();
  }

  /** The local data, from which the node answers itself. */
  public LocalData local() {
    return serving.local();
  }

  /** The networks whose queries are accepted. */
  public List<Netmask> acl() {
    return serving.settings().acl();
  }

  /** Whether the rules contain the operators' changes from the cluster's table. */
  public boolean hasSharedRules() {
    return rulesShared;
  }

  /** The upstream pools of one event loop. */
  public UpstreamPools pools(int loop) {
    return name -> {
      List<UpstreamPools.Pool> onLoops = serving.pools().get(name);
      return onLoops == null ? null : onLoops.get(loop);
    };
  }

  Serving serving() {
    return serving;
  }

  void set(Serving next) {
    serving = next;
  }

  void rulesAreShared() {
    rulesShared = true;
  }
}
