// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.util.List;

/**
 * How several filter services decide as one.
 *
 * @param members their names, at least two, in the order that settles ties
 * @param quorum how many must vote alike, for {@link Decide#QUORUM}
 */
public record GroupSettings(List<String> members, Decide decide, int quorum) {
  public static final int MAX_MEMBERS = 16;

  /** When there are votes enough. */
  public enum Decide {
    /** As soon as one does not let the query go on. */
    FIRST_REFUSAL,
    /** When all are there. */
    ALL,
    /** As soon as so many are alike, or can't become so any more. */
    QUORUM;

    /** As it stands in the configuration. */
    public String word() {
      return Words.of(this);
    }
  }

  public GroupSettings {
    members = List.copyOf(members);
  }
}
