// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import io.anteroom.node.Node;
import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.blocklist.NameLookup;
import io.anteroom.node.listener.OpenSockets;
import io.anteroom.node.live.ConfigReloader;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Starts nodes, filters and processes for the commands. */
interface Starter {
  /** Starts a node in this process. */
  RunningNode node(NodeConfiguration configuration) throws Node.StartException;

  /**
   * Starts a filter as a member of a cluster, in this process.
   *
   * @param seed {@code host:port} of a member to join
   */
  Running filter(int asyncId, String seed, NameLookup lookup) throws Node.StartException;

  /** Starts separate processes. */
  Children children();

  /** A node in this process. */
  interface RunningNode extends Running {
    List<OpenSockets.Bound> listening();

    /** Reloads its configuration, completely or not at all. */
    CompletionStage<ConfigReloader.Reloaded> reload();
  }
}
