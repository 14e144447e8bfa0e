// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.wire.NameMap;
import io.anteroom.node.wire.WireName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Finds the rules of a chain that may match a name, without checking each rule. Immutable.
 *
 * <p>A rule that requires certain names is indexed under these names. To run a chain, the name of
 * the query is looked up twice: once for rules for this name, and once for rules for names below
 * its ancestors. This gives two ordered lists of rules; the rules that can't be found by name are a
 * third. The next rule is the smallest remaining number in the three lists, so the order is that of
 * the chain. Nothing is allocated.
 *
 * <p>A suffix links to the next longer suffix above it, so a rule is in the index once for each of
 * its names.
 */
final class NameIndex {
  /** The result if there is no further rule. */
  static final int END = Integer.MAX_VALUE;

  private static final int[] NO_RULES = {};

  private final NameMap<Entry> exact;
  private final NameMap<Entry> suffixes;
  private final int[] others;

  /** Rules in order, and the entry of the next suffix above. */
  static final class Entry {
    private int[] rules = NO_RULES;
    private @Nullable Entry above;

    void add(int rule) {
      rules = Arrays.copyOf(rules, rules.length + 1);
      rules[rules.length - 1] = rule;
    }

    int next(int from) {
      int least = END;
      for (Entry at = this; at != null; at = at.above) {
        least = Math.min(least, nextOf(at.rules, from));
      }
      return least;
    }
  }

  private NameIndex(NameMap<Entry> exact, NameMap<Entry> suffixes, int[] others) {
    this.exact = exact;
    this.suffixes = suffixes;
    this.others = others;
  }

  /**
   * Creates the index of these rules.
   *
   * @param byName the names that each rule requires; null for none
   */
  static NameIndex of(NameSelectors.@Nullable ByName[] byName) {
    NameMap<Entry> exact = new NameMap<>();
    Map<WireName, Entry> suffixes = new HashMap<>();
    int[] others = new int[byName.length];
    int count = 0;
    for (int i = 0; i < byName.length; i++) {
      NameSelectors.ByName selector = byName[i];
      if (selector == null) {
        others[count++] = i;
        continue;
      }
      for (WireName name : new LinkedHashSet<>(selector.names())) {
        if (selector.below()) {
          suffixes.computeIfAbsent(name, n -> new Entry()).add(i);
        } else {
          entry(exact, name).add(i);
        }
      }
    }
    return new NameIndex(exact, linked(suffixes), Arrays.copyOf(others, count));
  }

  private static Entry entry(NameMap<Entry> entries, WireName name) {
    Entry known = entries.get(name);
    if (known != null) {
      return known;
    }
    Entry entry = new Entry();
    entries.put(name, entry);
    return entry;
  }

  /** Links suffixes, shortest first, so that the entry above a suffix exists. */
  private static NameMap<Entry> linked(Map<WireName, Entry> suffixes) {
    NameMap<Entry> linked = new NameMap<>();
    List<WireName> names = new ArrayList<>(suffixes.keySet());
    names.sort((a, b) -> Integer.compare(a.length(), b.length()));
    for (WireName name : names) {
      Entry entry = Objects.requireNonNull(suffixes.get(name));
      entry.above = linked.closest(name);
      linked.put(name, entry);
    }
    return linked;
  }

  /** The rules for names below this name's ancestors; an argument for {@link #next}. */
  @Nullable Entry below(WireName name) {
    return suffixes.closest(name);
  }

  /** The rules for exactly this name; an argument for {@link #next}. */
  @Nullable Entry exact(WireName name) {
    return exact.get(name);
  }

  /** The first rule from this index that may match the name; {@link #END} if there is none. */
  int next(@Nullable Entry below, @Nullable Entry exact, int from) {
    int next = nextOf(others, from);
    if (below != null) {
      next = Math.min(next, below.next(from));
    }
    if (exact != null) {
      next = Math.min(next, exact.next(from));
    }
    return next;
  }

  /** The first of these ordered numbers that is at least {@code from}. */
  private static int nextOf(int[] rules, int from) {
    int low = 0;
    int high = rules.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (rules[middle] < from) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low < rules.length ? rules[low] : END;
  }
}
