// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import io.anteroom.node.Node;
import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.blocklist.Lookup;
import io.anteroom.node.listener.OpenSockets;
import io.anteroom.node.live.Steward;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** What the commands start. */
interface Services {
  /** Starts a node in this process. */
  RunningNode node(NodeConfiguration configuration) throws Node.StartException;

  /**
   * Starts a member of the cluster that filters, in this process.
   *
   * @param seed {@code host:port} of a member to join
   */
  Running filter(int asyncId, String seed, Lookup lookup) throws Node.StartException;

  /** Processes of their own. */
  Children children();

  /** A node in this process. */
  interface RunningNode extends Running {
    List<OpenSockets.Bound> listening();

    /** Loads its configuration again, as a whole or not at all. */
    CompletionStage<Steward.Reloaded> reload();
  }
}
