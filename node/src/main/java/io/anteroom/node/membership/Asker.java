// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import java.util.concurrent.CompletionStage;

/** Asks a node, at {@code host:port}, what it is in. */
@FunctionalInterface
public interface Asker {
  /** Completes with what it says, or fails; never blocks. */
  CompletionStage<byte[]> ask(String address);
}
