// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cache;

import io.anteroom.node.wire.WireName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Purges that are carried out together, indexed by name, so that a cache entry is compared only
 * with the few that may cover it. A node that was unreachable may find thousands of purges, and may
 * have a million entries. Immutable.
 */
final class PurgeIndex {
  private static final int NONE = Integer.MAX_VALUE;

  private final List<Purge> purges;
  private final List<Integer> ofAllNames = new ArrayList<>();
  private final Map<WireName, List<Integer>> byName = new HashMap<>();

  /** The purges at or below each name. */
  private final Map<WireName, List<Integer>> below = new HashMap<>();

  PurgeIndex(List<Purge> purges) {
    this.purges = List.copyOf(purges);
    for (int i = 0; i < purges.size(); i++) {
      WireName name = purges.get(i).name();
      if (name == null) {
        ofAllNames.add(i);
      } else {
        add(name, i);
      }
    }
  }

  private void add(WireName name, int number) {
    byName.computeIfAbsent(name, fresh -> new ArrayList<>(1)).add(number);
    WireName at = name;
    while (at.labels() > 0) {
      below.computeIfAbsent(at, fresh -> new ArrayList<>(1)).add(number);
      at = at.parent();
    }
    below.computeIfAbsent(at, fresh -> new ArrayList<>()).add(number);
  }

  /**
   * The number of the first purge that covers an entry of this name, or -1.
   *
   * @param speaksForBelow whether the entry also holds for names below, so that purges of those may
   *     cover it
   * @param meant makes the final decision
   */
  int first(WireName name, boolean speaksForBelow, Predicate<Purge> meant) {
    int first = first(ofAllNames, meant, NONE);
    WireName at = name;
    while (at.labels() > 0) {
      first = first(byName.get(at), meant, first);
      at = at.parent();
    }
    first = first(byName.get(at), meant, first);
    if (speaksForBelow) {
      first = first(below.get(name), meant, first);
    }
    return first == NONE ? -1 : first;
  }

  private int first(@Nullable List<Integer> numbers, Predicate<Purge> meant, int known) {
    if (numbers != null) {
      for (int number : numbers) {
        if (number >= known) {
          break;
        }
        if (meant.test(purges.get(number))) {
          return number;
        }
      }
    }
    return known;
  }
}
