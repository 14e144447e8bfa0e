// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.GroupSettings;
import io.anteroom.node.flow.Ask;
import io.anteroom.node.flow.Waiting;
import io.anteroom.protocol.SuspensionKey;
import java.util.Arrays;

/** One query that the members of a group are asked about. For the group's thread alone. */
final class Ballot {
  private static final long NOT_ASKED = Long.MAX_VALUE;

  final Ask ask;

  /** Tells apart what is due at the same time. */
  final long number;

  final long begunNanos;

  /** When those who have not voted are taken to have timed out. */
  final long closesNanos;

  final VoteCount votes;

  /** When it will be looked at next; to be changed only while it is in no sorted set. */
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

  /** The query, for those who ask what waits. */
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
   * A member is being asked.
   *
   * @param permit of its breaker
   */
  void ask(int member, long permit, long deadlineNanos) {
    permits[member] = permit;
    deadlines[member] = deadlineNanos - begunNanos;
  }

  /** Takes back the breaker's permit of a member that is waited for no longer. */
  long takePermit(int member) {
    deadlines[member] = NOT_ASKED;
    return permits[member];
  }

  boolean waitsFor(int member) {
    return deadlines[member] != NOT_ASKED;
  }

  /** Whether the time of a member that is waited for is up. */
  boolean isDue(int member, long nowNanos) {
    return waitsFor(member) && deadlines[member] <= nowNanos - begunNanos;
  }

  /** When the time of the first member is up that is waited for; there must be one. */
  long dueNanos() {
    return begunNanos + Arrays.stream(deadlines).min().orElseThrow();
  }
}
