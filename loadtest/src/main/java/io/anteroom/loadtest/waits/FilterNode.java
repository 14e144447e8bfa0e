// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest.waits;

import io.anteroom.node.Node;
import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.Filter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A node with two filters in its process: {@code at-once} lets each query continue at once, and
 * {@code later} does so after a time. Ends when its standard input does.
 */
public final class FilterNode {
  private FilterNode() {}

  /** Takes the configuration, and the milliseconds after which {@code later} decides. */
  public static void main(String[] args)
      throws IOException, InvalidConfiguration, Node.StartException {
    long millis = Long.parseLong(args[1]);
    NodeConfiguration configuration = NodeConfiguration.load(Path.of(args[0]));
    Node node =
        Node.start(
            configuration,
            Map.of(
                "at-once",
                request -> CompletableFuture.completedFuture(Verdict.proceed()),
                "later",
                later(millis)));
    node.whenReady().toCompletableFuture().join();
    System.out.println("ready");
    while (System.in.read() >= 0) {
      // What comes does not matter.
    }
    node.stop().toCompletableFuture().join();
  }

  /** A filter that needs no thread for a query that waits. */
  private static Filter later(long millis) {
    ScheduledThreadPoolExecutor timer =
        new ScheduledThreadPoolExecutor(
            1,
            work -> {
              Thread thread = new Thread(work, "later");
              thread.setDaemon(true);
              return thread;
            });
    return request -> {
      CompletableFuture<Verdict> verdict = new CompletableFuture<>();
      timer.schedule(() -> verdict.complete(Verdict.proceed()), millis, TimeUnit.MILLISECONDS);
      return verdict;
    };
  }
}
