// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.protocol.SuspensionKey;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The shards that are on this node now; their {@link LocalShard} entities add and remove them. New
 * suspensions use one of these shards, so that the entity is on the node of its origin. Safe for
 * any thread.
 */
public final class LocalShards {
  private final boolean[] here = new boolean[SuspensionKey.SHARDS];
  private final AtomicInteger turn = new AtomicInteger();
  private volatile int[] shards = {};
  private volatile boolean leaving;

  synchronized void add(int shard) {
    here[shard] = true;
    publish();
  }

  synchronized void remove(int shard) {
    here[shard] = false;
    publish();
  }

  private void publish() {
    int n = 0;
    int[] now = new int[here.length];
    for (int i = 0; i < here.length; i++) {
      if (here[i]) {
        now[n++] = i;
      }
    }
    shards = Arrays.copyOf(now, n);
  }

  /**
   * The node leaves the cluster: it claims no more shards and does not restart the entities of
   * those it has.
   */
  public void leave() {
    leaving = true;
  }

  /** Whether {@link #leave} has been called. */
  public boolean isLeaving() {
    return leaving;
  }

  /** The number of shards on this node. */
  public int size() {
    return shards.length;
  }

  /** Whether this shard is on this node. */
  public synchronized boolean contains(int shard) {
    return here[shard];
  }

  /** The next local shard, round-robin; null if there is none. */
  @Nullable Integer next() {
    int[] now = shards;
    return now.length == 0 ? null : now[Math.floorMod(turn.getAndIncrement(), now.length)];
  }
}
