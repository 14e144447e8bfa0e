// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import com.google.re2j.Pattern;
import io.anteroom.node.flow.Query;
import io.anteroom.node.wire.NameTable;
import io.anteroom.node.wire.WireName;
import java.util.List;

/** Selectors for the QNAME. */
final class NameSelectors {
  private NameSelectors() {}

  /** A selector that depends only on names that {@link NameIndex} can look up. */
  interface ByName extends Selector {
    List<WireName> names();

    /** Whether names below these match too. */
    boolean below();
  }

  /** Matches names at or below one of the suffixes, with a single look-up. */
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

  /** Matches these names. */
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
   * Matches names that contain a match of one of the expressions, in lower case and without the
   * final dot. The time is linear in the length of the name for any expression.
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

  /** Matches names on one of these lists. */
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
