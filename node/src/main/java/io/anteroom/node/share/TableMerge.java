// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.share;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * The changes that a node makes in the table of a cluster that it joins: those made to its own
 * table while the two were apart. If both have changed a key, the cluster's value stays.
 *
 * @param put entries that only this node has, and that did not exist when they parted
 * @param removed keys that were removed on this node, and that the cluster still has as they were
 *     when they parted
 * @param taken how many entries of this node's table change to the cluster's value
 */
record TableMerge(Map<String, ByteString> put, Set<String> removed, int taken) {
  /**
   * Compares the tables.
   *
   * @param common the table when they parted; null if they never had a common one
   * @param here the table of the node
   * @param there the table of the cluster; if it is empty, the cluster takes all entries
   */
  static TableMerge of(
      @Nullable Map<String, ByteString> common,
      Map<String, ByteString> here,
      Map<String, ByteString> there) {
    Map<String, ByteString> base = common == null || there.isEmpty() ? Map.of() : common;
    Map<String, ByteString> put = new HashMap<>();
    here.forEach(
        (key, value) -> {
          if (!value.equals(base.get(key)) && isAsBefore(key, base, there)) {
            put.put(key, value);
          }
        });
    Set<String> removed = new HashSet<>();
    base.forEach(
        (key, value) -> {
          if (!here.containsKey(key) && value.equals(there.get(key))) {
            removed.add(key);
          }
        });
    int taken = 0;
    for (Map.Entry<String, ByteString> entry : there.entrySet()) {
      if (!removed.contains(entry.getKey())
          && !put.containsKey(entry.getKey())
          && !entry.getValue().equals(here.get(entry.getKey()))) {
        taken++;
      }
    }
    return new TableMerge(put, removed, taken);
  }

  private static boolean isAsBefore(
      String key, Map<String, ByteString> base, Map<String, ByteString> there) {
    ByteString now = there.get(key);
    return now == null ? !base.containsKey(key) : now.equals(base.get(key));
  }

  boolean isWorthTelling() {
    return !put.isEmpty() || !removed.isEmpty();
  }

  @Override
  public String toString() {
    return "entries added as on this node: %d, removed so: %d, taken from the others: %d"
        .formatted(put.size(), removed.size(), taken);
  }
}
