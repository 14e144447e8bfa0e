// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import org.jspecify.annotations.Nullable;

/** A map from names, which finds the longest suffix of a name as well. Built once, then read. */
public final class NameMap<V> {
  public @Nullable V put(WireName name, V value) {
    throw new UnsupportedOperationException();
  }

  public @Nullable V get(WireName name) {
    throw new UnsupportedOperationException();
  }

  /** The value of the longest name in the map that is this name or an ancestor of it. */
  public @Nullable V closest(WireName name) {
    throw new UnsupportedOperationException();
  }

  public int size() {
    throw new UnsupportedOperationException();
  }
}
