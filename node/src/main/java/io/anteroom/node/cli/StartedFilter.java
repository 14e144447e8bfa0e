// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import io.anteroom.protocol.sdk.FilterMember;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** A filter member in this process. It is ready when it is a member of the cluster. */
final class StartedFilter implements Running {
  private static final long LOOK_EVERY_MILLIS = 100;

  private final FilterMember member;
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final CompletableFuture<Void> terminated = new CompletableFuture<>();

  StartedFilter(FilterMember member) {
    this.member = member;
    look();
  }

  @Override
  public CompletionStage<Void> whenReady() {
    return ready;
  }

  /** A member that loses its cluster rejoins, so it ends only when it is stopped. */
  @Override
  public CompletionStage<Void> whenTerminated() {
    return terminated;
  }

  @Override
  public synchronized CompletionStage<Void> stop() {
    if (!terminated.isDone()) {
      Thread closing =
          new Thread(
              () -> {
                member.close();
                terminated.complete(null);
              },
              "close-filter");
      closing.setDaemon(true);
      closing.start();
    }
    return terminated;
  }

  private void look() {
    if (member.isUp()) {
      ready.complete(null);
    } else if (!terminated.isDone()) {
      CompletableFuture.delayedExecutor(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS)
          .execute(this::look);
    }
  }
}
