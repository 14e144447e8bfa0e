// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.protocol.SuspensionKey;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The shards that live on this node now, as their {@link LocalShard} entities tell. A query is
 * suspended in one of them, so that its suspension is local. Safe for any thread.
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

  /** The node leaves: it wants no more shards, and need not see those off that it has. */
  public void leave() {
    leaving = true;
  }

  /** Whether the node leaves. */
  public boolean isLeaving() {
    return leaving;
  }

  /** How many shards live here. */
  public int size() {
    return shards.length;
  }

  /** Whether this shard lives here. */
  public synchronized boolean contains(int shard) {
    return here[shard];
  }

  /** One of the shards, each in its turn; null if none lives here. */
  @Nullable Integer next() {
    int[] now = shards;
    return now.length == 0 ? null : now[Math.floorMod(turn.getAndIncrement(), now.length)];
  }
}
