// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import java.util.concurrent.CompletionStage;

/**
 * Asks a node for its {@link Standing}. The node is given by its cluster address, {@code
 * host:port}.
 */
@FunctionalInterface
public interface Asker {
  /** Completes with the bytes of the reply, or fails; never blocks. */
  CompletionStage<byte[]> ask(String address);
}
