// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.blocklist;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Looks names up in a blocklist. Never blocks. Thread-safe. */
@FunctionalInterface
public interface NameLookup {
  /**
   * Looks a name up.
   *
   * @param name in lower case, without the dot at the end
   * @return a future that only this caller has: whether the name or a parent of it is listed
   */
  CompletableFuture<Boolean> isListed(String name);

  /** The same lookup with a delay, like a remote one. */
  default NameLookup delayed(Duration delay) {
    return name ->
        isListed(name)
            .thenApplyAsync(
                listed -> listed,
                CompletableFuture.delayedExecutor(delay.toMillis(), TimeUnit.MILLISECONDS));
  }
}
