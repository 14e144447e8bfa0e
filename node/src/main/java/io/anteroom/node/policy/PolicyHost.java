// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.FileHandlers;
import io.anteroom.node.operation.LazyDirectory;
import io.anteroom.node.operation.WorkerPools;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a running node gives its policies.
 *
 * @param loops the event loops; a policy with one state runs on the first
 * @param launches carries out operations that no query waits for
 * @param started gets the policies that are started, so that they can be closed with the node
 */
public record PolicyHost(
    List<EventLoop> loops,
    Launches launches,
    Tasks tasks,
    StartedPolicies started,
    Counters<Counter> counters,
    LongSupplier nanoTime) {
  /**
   * What worker tasks and files need.
   *
   * @param data the only directory whose files scripts may name
   * @param files the policies that are told of files
   */
  public record Tasks(
      WorkerPools workers, LazyDirectory data, PolicyMetrics metrics, FileHandlers files) {}

  /** The event loop that the calling thread is; null if it is none. */
  @Nullable EventLoop here() {
    for (EventLoop loop : loops) {
      if (loop.inEventLoop()) {
        return loop;
      }
    }
    return null;
  }
}
