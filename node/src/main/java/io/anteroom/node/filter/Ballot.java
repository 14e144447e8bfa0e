// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.GroupSettings;
import io.anteroom.node.flow.Ask;
import io.anteroom.node.flow.Waiting;
import io.anteroom.protocol.SuspensionKey;
import java.util.Arrays;

/** The vote of a group's members about one query. Used by the group router's thread only. */
final class Ballot {
  private static final long NOT_ASKED = Long.MAX_VALUE;

  final Ask ask;

  /** Orders ballots that are due at the same time. */
  final long number;

  final long begunNanos;

  /** When members that have not voted count as timed out. */
  final long closesNanos;

  final VoteCount votes;

  /**
   * Time of the group router's next check. {@link Ballots} sorts by it, so it must not change while
   * the ballot is scheduled there.
   */
  long lookNanos;

  private final long[] permits;
  private final long[] deadlines;
  private boolean over;

  Ballot(Ask ask, GroupSettings settings, long number, long begunNanos, long closesNanos) {
    this.ask = ask;
    this.number = number;
    this.begunNanos = begunNanos;
    this.closesNanos = closesNanos;
    this.votes = new VoteCount(settings);
    this.permits = new long[settings.members().size()];
    this.deadlines = new long[permits.length];
    Arrays.fill(deadlines, NOT_ASKED);
  }

  SuspensionKey key() {
    return ask.state().key();
  }

  /** The query, for a list of suspended queries. */
  Waiting waiting() {
    return new Waiting(ask.state(), ask.entity(), null);
  }

  boolean isOver() {
    return over;
  }

  void end() {
    over = true;
  }

  /**
   * Records that a member has been asked.
   *
   * @param permit that the member's circuit breaker gave
   */
  void ask(int member, long permit, long deadlineNanos) {
    permits[member] = permit;
    deadlines[member] = deadlineNanos - begunNanos;
  }

  /** Stops waiting for a member; returns the permit of its circuit breaker. */
  long takePermit(int member) {
    deadlines[member] = NOT_ASKED;
    return permits[member];
  }

  boolean waitsFor(int member) {
    return deadlines[member] != NOT_ASKED;
  }

  /** Whether this ballot waits for the member and the member's deadline has passed. */
  boolean isDue(int member, long nowNanos) {
    return waitsFor(member) && deadlines[member] <= nowNanos - begunNanos;
  }

  /** The earliest deadline of the members that it waits for; there must be one. */
  long dueNanos() {
    return begunNanos + Arrays.stream(deadlines).min().orElseThrow();
  }
}
