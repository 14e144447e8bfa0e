// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import java.util.concurrent.CompletionStage;

/** What a command has started and runs until it is told to end. */
interface Running {
  /** Completes when it does its work. */
  CompletionStage<Void> whenReady();

  /** Ends it in an orderly way. Idempotent. */
  CompletionStage<Void> stop();

  /** Completes when it has ended, for whatever reason. */
  CompletionStage<Void> whenTerminated();
}
