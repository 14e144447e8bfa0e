// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.util.List;

/**
 * How several filter services vote as one.
 *
 * @param members names of the services, at least two, in the order that decides ties
 * @param quorum how many equal votes {@link Decide#QUORUM} needs
 */
public record GroupSettings(List<String> members, Decide decide, int quorum) {
  public static final int MAX_MEMBERS = 16;

  /** When the votes are sufficient for a decision. */
  public enum Decide {
    /** As soon as one member's verdict is not {@code continue}, or all members have voted. */
    FIRST_REFUSAL,
    /** When all members have voted. */
    ALL,
    /** As soon as {@code quorum} votes are equal, or no longer can be. */
    QUORUM;

    /** The word for it in the configuration. */
    public String word() {
      return Words.of(this);
    }
  }

  public GroupSettings {
    members = List.copyOf(members);
  }
}
