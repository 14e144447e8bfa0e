// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import java.util.concurrent.CompletionStage;

/** Something that a command has started, which runs until it is stopped. */
interface Running {
  /** Completes when it is ready. */
  CompletionStage<Void> whenReady();

  /** Stops it in an orderly way. Idempotent. */
  CompletionStage<Void> stop();

  /** Completes when it has ended for any reason. */
  CompletionStage<Void> whenTerminated();
}
