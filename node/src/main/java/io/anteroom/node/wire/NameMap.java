// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A map whose keys are names, which also finds the longest suffix of a name: a {@link NameTable}
 * with an object for each name. Build it with {@code put} on one thread and publish it safely; then
 * any thread may read it.
 */
public final class NameMap<V> {
  private final NameTable names = new NameTable();
  private @Nullable Object[] values = new @Nullable Object[8];

  /** Sets the value of a name; returns the previous value. */
  public @Nullable V put(WireName name, V value) {
    int number = names.add(name);
    if (number == values.length) {
      values = Arrays.copyOf(values, number + number / 2);
    }
    V old = value(number);
    values[number] = value;
    return old;
  }

  public @Nullable V get(WireName name) {
    return value(names.find(name));
  }

  /** The value of the longest name in the map that is this name or an ancestor of it. */
  public @Nullable V closest(WireName name) {
    return value(names.closest(name));
  }

  public int size() {
    return names.size();
  }

  @SuppressWarnings("unchecked")
  private @Nullable V value(int number) {
    return number == NameTable.NONE ? null : (V) values[number];
  }
}
