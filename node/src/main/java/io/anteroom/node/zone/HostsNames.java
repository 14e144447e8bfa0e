// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.wire.NameTable;
import io.anteroom.node.wire.WireName;
import java.util.Arrays;

/** Names, each with a value of {@link HostsValues}. Built once and then read. */
final class HostsNames {
  /** The maximum number of names (about 500 MB), for files that are not hosts files. */
  private static final int MAX_NAMES = 10_000_000;

  final NameTable names = new NameTable();
  private int[] values = {};

  /** The number of the name, which has the value NOTHING if it is new. */
  int add(WireName name) {
    int number = names.add(name);
    if (number == MAX_NAMES) {
      throw new IllegalArgumentException("there are more than 10,000,000 names");
    }
    int length = values.length;
    if (number == length) {
      values = Arrays.copyOf(values, Math.max(8, length + length / 2));
      Arrays.fill(values, length, values.length, HostsValues.NOTHING);
    }
    return number;
  }

  int value(int number) {
    return values[number];
  }

  void setValue(int number, int value) {
    values[number] = value;
  }

  void trim() {
    names.trim();
    values = Arrays.copyOf(values, names.size());
  }
}
