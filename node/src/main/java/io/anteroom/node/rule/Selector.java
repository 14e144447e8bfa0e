// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.flow.Query;
import java.util.List;

/** Decides which queries a rule matches. Immutable; runs on the event loop and never blocks. */
public interface Selector {

  boolean matches(Query query);

  /** Like {@link #matches}, without counting, for a query that is only traced. */
  default boolean wouldMatch(Query query) {
    return matches(query);
  }

  /** Matches every query. */
  record All() implements Selector {
    @Override
    public boolean matches(Query query) {
      return true;
    }
  }

  /** Matches if all of these match. */
  record And(List<Selector> selectors) implements Selector {
    public And {
      selectors = List.copyOf(selectors);
    }

    /** Joins selectors; a single one is returned as it is, and none matches every query. */
    static Selector of(List<Selector> selectors) {
      return switch (selectors.size()) {
        case 0 -> new All();
        case 1 -> selectors.get(0);
        default -> new And(selectors);
      };
    }

    @Override
    public boolean matches(Query query) {
      for (int i = 0; i < selectors.size(); i++) {
        if (!selectors.get(i).matches(query)) {
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

  /** Matches if one of these matches. */
  record Or(List<Selector> selectors) implements Selector {
    public Or {
      selectors = List.copyOf(selectors);
    }

    @Override
    public boolean matches(Query query) {
      for (int i = 0; i < selectors.size(); i++) {
        if (selectors.get(i).matches(query)) {
          return true;
        }
      }
      return false;
    }

    @Override
    public boolean wouldMatch(Query query) {
      return selectors.stream().anyMatch(selector -> selector.wouldMatch(query));
    }
  }

  /** Matches if this one does not. */
  record Not(Selector selector) implements Selector {
    @Override
    public boolean matches(Query query) {
      return !selector.matches(query);
    }

    @Override
    public boolean wouldMatch(Query query) {
      return !selector.wouldMatch(query);
    }
  }
}
