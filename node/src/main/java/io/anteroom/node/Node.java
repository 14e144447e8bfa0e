// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** A running node. */
public final class Node {
  private Node() {}

  /**
   * Starts a node and returns when its listeners are open; it joins its cluster meanwhile.
   *
   * @throws StartException if it can't be started, with a message for the operator
   */
  public static Node start(NodeConfiguration configuration) throws StartException {
    throw new StartException("" + configuration);
  }

  /** Where it listens, as bound. */
  public List<InetSocketAddress> listening() {
    throw new UnsupportedOperationException();
  }

  /** Completes when the node can suspend: it is a member that is up, and has shards of its own. */
  public CompletionStage<Void> whenReady() {
    throw new UnsupportedOperationException();
  }

  /** Drains, leaves the cluster and ends. Idempotent. */
  public CompletionStage<Void> stop() {
    throw new UnsupportedOperationException();
  }

  /** Completes when the node has ended, for whatever reason. */
  public CompletionStage<Void> whenTerminated() {
    throw new UnsupportedOperationException();
  }

  /** A node could not be started; the message is for the operator. */
  public static final class StartException extends Exception {
    private static final long serialVersionUID = 1;

    public StartException(String message) {
      super(message);
    }
  }
}
