// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.protocol.SuspensionKey;
import java.util.HashSet;
import java.util.Set;

/**
 * The keys that ended last on this node, so that a late or second verdict is told from one for a
 * key that never was. For the thread of the sharding actors alone.
 */
public final class EndedKeys {
  /** How many keys a node remembers, 65,536. */
  public static final int CAPACITY = 1 << 16;

  private final SuspensionKey[] ring;
  private final Set<SuspensionKey> keys;
  private int next;

  public EndedKeys() {
    this(CAPACITY);
  }

  EndedKeys(int capacity) {
    ring = new SuspensionKey[capacity];
    keys = new HashSet<>(capacity * 2);
  }

  public void add(SuspensionKey key) {
    if (!keys.add(key)) {
      return;
    }
    SuspensionKey oldest = ring[next];
    if (oldest != null) {
      keys.remove(oldest);
    }
    ring[next] = key;
    next = (next + 1) % ring.length;
  }

  public boolean contains(SuspensionKey key) {
    return keys.contains(key);
  }
}
