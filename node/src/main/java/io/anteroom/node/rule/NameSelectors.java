// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import com.google.re2j.Pattern;
import io.anteroom.node.flow.Query;
import io.anteroom.node.wire.NameTable;
import io.anteroom.node.wire.WireName;
import java.util.List;

/** Selectors that look at the name asked for. */
final class NameSelectors {
  private NameSelectors() {}

  /** A selector that depends on the name only, by names that {@link NameIndex} can look up. */
  interface ByName extends Selector {
    List<WireName> names();

    /** Whether names below these count as well. */
    boolean below();
  }

  /** Names that are one of the suffixes or below one: a single lookup, however many they are. */
  record Suffix(List<WireName> names, NameTable table) implements ByName {
    static Suffix of(List<WireName> names) {
      return new Suffix(List.copyOf(names), tableOf(names));
    }

    @Override
    public boolean below() {
      return true;
    }

    @Override
    public boolean matches(Query query) {
      return table.closest(query.wire().name()) != NameTable.NONE;
    }
  }

  /** Names that are one of these. */
  record Exact(List<WireName> names, NameTable table) implements ByName {
    static Exact of(List<WireName> names) {
      return new Exact(List.copyOf(names), tableOf(names));
    }

    @Override
    public boolean below() {
      return false;
    }

    @Override
    public boolean matches(Query query) {
      return table.find(query.wire().name()) != NameTable.NONE;
    }
  }

  /**
   * Names in which one of the expressions is found somewhere, in lower case and without the dot at
   * the end. The time it takes is linear in the name, whatever the expression.
   */
  record Regex(List<Pattern> patterns) implements Selector {
    @Override
    public boolean matches(Query query) {
      String name = query.wire().name().text();
      for (Pattern pattern : patterns) {
        if (pattern.matcher(name).find()) {
          return true;
        }
      }
      return false;
    }
  }

  /** Names in one of these lists. */
  record InList(List<ListFile> lists) implements Selector {
    @Override
    public boolean matches(Query query) {
      for (ListFile list : lists) {
        if (list.names().contains(query.wire().name())) {
          return true;
        }
      }
      return false;
    }
  }

  private static NameTable tableOf(List<WireName> names) {
    NameTable table = new NameTable();
    names.forEach(table::add);
    table.trim();
    return table;
  }
}
