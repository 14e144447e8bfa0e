// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.GroupSettings;
import io.anteroom.protocol.Decision;
import io.anteroom.protocol.Holds;
import io.anteroom.protocol.Verdict;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Counts the votes of a group's members about one query and computes the verdict. For one thread.
 *
 * <p>Of the votes cast by the decision, the most severe wins ({@link Severity}), or with a quorum
 * the kind that reaches it. Among votes of one kind the first in member order wins, but a vote that
 * selects a pool or starts the query again precedes a plain continue. The tags of all votes are
 * merged: a later member's value replaces an earlier one's, and the winner's replaces all. The
 * verdict is never held: a member that withdraws its vote could not tell which verdicts contain it.
 */
final class VoteCount {
  private final GroupSettings settings;
  private final @Nullable Verdict[] votes;
  private final int[] alike = new int[Severity.values().length];
  private int open;
  private int tagsLeftOut;

  VoteCount(GroupSettings settings) {
    this.settings = settings;
    this.votes = new Verdict[settings.members().size()];
    this.open = votes.length;
  }

  boolean hasVoted(int member) {
    return votes[member] != null;
  }

  /** Records the only vote of a member; returns the verdict if this vote decides, else null. */
  @Nullable Verdict cast(int member, Verdict vote) {
    if (hasVoted(member)) {
      throw new IllegalStateException("a member votes once");
    }
    votes[member] = vote;
    open--;
    Severity kind = Severity.of(vote);
    alike[kind.ordinal()]++;
    return switch (settings.decide()) {
      case FIRST_REFUSAL -> kind != Severity.CONTINUE || open == 0 ? mostSevere() : null;
      case ALL -> open == 0 ? mostSevere() : null;
      case QUORUM -> quorum(kind);
    };
  }

  private @Nullable Verdict quorum(Severity kind) {
    if (alike[kind.ordinal()] >= settings.quorum()) {
      return merged(kind);
    }
    int most = Arrays.stream(alike).max().orElse(0);
    return most + open < settings.quorum() ? mostSevere() : null;
  }

  private Verdict mostSevere() {
    for (Severity kind : Severity.values()) {
      if (alike[kind.ordinal()] > 0) {
        return merged(kind);
      }
    }
    throw new IllegalStateException("nobody has voted");
  }

  private Verdict merged(Severity kind) {
    Verdict winner =
        Arrays.stream(votes)
            .filter(vote -> vote != null && Severity.of(vote) == kind)
            .min(Comparator.comparing(vote -> vote.decision() instanceof Decision.Continue))
            .orElseThrow();
    Map<String, String> tags = new LinkedHashMap<>(winner.tags());
    // From last to first, because existing tags take precedence over added ones.
    IntStream.iterate(votes.length - 1, i -> i >= 0, i -> i - 1)
        .forEach(i -> addTags(tags, votes[i]));
    return winner.withTags(tags).withHolds(Holds.NONE);
  }

  private void addTags(Map<String, String> tags, @Nullable Verdict vote) {
    if (vote == null) {
      return;
    }
    vote.tags()
        .forEach(
            (name, value) -> {
              if (tags.size() < Verdict.MAX_TAGS) {
                tags.putIfAbsent(name, value);
              } else if (!tags.containsKey(name)) {
                tagsLeftOut++;
              }
            });
  }

  /** Number of tags of losing votes that did not fit into the verdict. */
  int tagsLeftOut() {
    return tagsLeftOut;
  }
}
