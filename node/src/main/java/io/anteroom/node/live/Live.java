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
 * What a node does now. One reference holds all of it, so that nobody sees a half of an old
 * configuration with a half of a new one. Safe for any thread; set by the {@link ConfigReloader}
 * alone.
 */
public final class Live {
  private volatile Serving serving;
  private volatile boolean rulesShared;

  /** What the node begins with; its pools come before its listeners. */
  public Live(NodeSettings settings, Chains rules, LocalData local) {
    this.serving = new Serving(settings, rules, local, Map.of());
  }

  public NodeSettings settings() {
    return serving.settings();
  }

  /** What queries go through that begin now. */
  public Chains rules() {
    return serving.rules();
  }

  /** What is answered here. */
  public LocalData local() {
    return serving.local();
  }

  /** Who may ask. */
  public List<Netmask> acl() {
    return serving.settings().acl();
  }

  /** Whether the rules have in them what operators changed, as the cluster knows it. */
  public boolean hasSharedRules() {
    return rulesShared;
  }

  /** The upstream pools as one event loop asks them. */
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
