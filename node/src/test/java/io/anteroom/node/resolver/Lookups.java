// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** How tests wait for lookups. */
final class Lookups {
  /** Far more than anything takes; only a failure lasts that long. */
  private static final long PATIENCE_SECONDS = 20;

  private Lookups() {}

  static <T> T found(CompletableFuture<T> lookup) {
    try {
      return lookup.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("not found", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  static ResolverException failed(CompletableFuture<?> lookup) {
    try {
      throw new AssertionError("found " + lookup.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      assertThat(e.getCause()).isInstanceOf(ResolverException.class);
      return (ResolverException) e.getCause();
    } catch (TimeoutException e) {
      throw new AssertionError("has not ended", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  static Status status(CompletableFuture<?> lookup) {
    return failed(lookup).status();
  }
}
