// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.blocklist;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Where the blocklist is looked up. Never blocks; any thread may use it. */
@FunctionalInterface
public interface Lookup {
  /**
   * Looks a name up.
   *
   * @param name in lower case, without the dot at the end
   * @return a future of the caller's own: whether the name or one above it is listed
   */
  CompletableFuture<Boolean> isListed(String name);

  /** The same lookup as if it were far away. */
  default Lookup delayed(Duration delay) {
    return name ->
        isListed(name)
            .thenApplyAsync(
                listed -> listed,
                CompletableFuture.delayedExecutor(delay.toMillis(), TimeUnit.MILLISECONDS));
  }
}
