// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.config.Netmask;
import io.anteroom.node.flow.Query;
import io.anteroom.node.wire.NameMap;
import io.anteroom.node.wire.WireName;
import java.util.BitSet;
import java.util.List;

/** Which queries a rule is for. Immutable; runs on the event loop and never blocks. */
public sealed interface Selector {

  boolean matches(Query query);

  /** The same where nothing is to be counted, as for a query that is only traced. */
  default boolean wouldMatch(Query query) {
    return matches(query);
  }

  /** A selector that counts what it is asked about. */
  non-sealed interface Counting extends Selector {
    @Override
    boolean wouldMatch(Query query);
  }

  /** Every query. */
  record All() implements Selector {
    @Override
    public boolean matches(Query query) {
      return true;
    }
  }

  /** Names that are one of the suffixes or below one: a single lookup, however many they are. */
  record Suffix(NameMap<WireName> suffixes) implements Selector {
    static Suffix of(List<WireName> names) {
      NameMap<WireName> suffixes = new NameMap<>();
      names.forEach(name -> suffixes.put(name, name));
      return new Suffix(suffixes);
    }

    @Override
    public boolean matches(Query query) {
      return suffixes.closest(query.wire().name()) != null;
    }
  }

  /** Queries for one of these types. */
  record Type(BitSet types) implements Selector {
    static Type of(List<Integer> numbers) {
      BitSet types = new BitSet();
      numbers.forEach(types::set);
      return new Type(types);
    }

    public Type {
      types = (BitSet) types.clone();
    }

    @Override
    public boolean matches(Query query) {
      return types.get(query.wire().type());
    }
  }

  /** Queries from a client in one of these ranges. */
  record ClientIn(List<Netmask> ranges) implements Selector {
    public ClientIn {
      ranges = List.copyOf(ranges);
    }

    @Override
    public boolean matches(Query query) {
      return Netmask.anyContains(ranges, query.client().address().getAddress());
    }
  }

  /** Queries that all of these are for. */
  record And(List<Selector> selectors) implements Selector {
    public And {
      selectors = List.copyOf(selectors);
    }

    @Override
    public boolean matches(Query query) {
      for (Selector selector : selectors) {
        if (!selector.matches(query)) {
          return false;
        }
      }
      return true;
    }

    @Override
    public boolean wouldMatch(Query query) {
      return selectors.stream().allMatch(selector -> selector.wouldMatch(query));
    }
  }
}
