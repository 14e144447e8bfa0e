// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.flow.Ask;
import io.anteroom.node.flow.SuspendedState;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.flow.Undecided;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToRouter;
import io.anteroom.protocol.Verdict;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * A service that votes in a group, as seen by the group router. Its requests and their results are
 * counted as if it were asked alone.
 *
 * @param here its filter router in the group's cluster
 */
public record GroupMember(FilterService service, FilterService.InCluster here) {
  int asyncId() {
    return service.asyncId();
  }

  /** The key under which this member is asked about the ballot's query. */
  SuspensionKey key(Ballot ballot) {
    return new SuspensionKey(asyncId(), ballot.key().queryId());
  }

  boolean isAvailable() {
    return here.view().isAvailable();
  }

  /**
   * Asks the member's filter router about the ballot's query.
   *
   * @param answerTo receives the decision, as the entity of a query would
   */
  void ask(Ballot ballot, long deadlineNanos, ActorRef<SuspensionCommand> answerTo) {
    SuspendedState state = ballot.ask.state();
    SuspendedState asked =
        new SuspendedState(
            key(ballot),
            state.stage(),
            state.nextRule(),
            state.query(),
            state.origin(),
            deadlineNanos);
    tell(new Ask(asked, answerTo, true));
  }

  void tell(ToRouter message) {
    here.router().tell(message);
  }

  void count(SuspensionCounter counter) {
    service.counters().increment(counter);
  }

  /** Records that the member decided after this time. */
  void decided(long permit, Verdict verdict, long nanos) {
    service.breaker().ended(permit, true);
    service.verdictLatency().record(nanos);
    count(
        Severity.of(verdict) == Severity.DROP
            ? SuspensionCounter.DROPPED
            : SuspensionCounter.RESUMED);
  }

  /** Records that the member will not decide; returns its vote by its settings. */
  Verdict undecided(long permit, Undecided reason) {
    if (reason == Undecided.TIMEOUT) {
      count(SuspensionCounter.TIMED_OUT);
      service.breaker().ended(permit, false);
    } else {
      count(SuspensionCounter.WITHDRAWN);
      service.breaker().endedOtherwise(permit);
    }
    return vote(reason);
  }

  /** Records that the ballot was decided without this member's vote. */
  void notNeeded(long permit) {
    service.breaker().endedOtherwise(permit);
    count(SuspensionCounter.NOT_NEEDED);
  }

  /** The member's vote by its settings if it does not decide for this reason. */
  Verdict vote(Undecided reason) {
    return Votes.of(service.settings(), reason);
  }
}
