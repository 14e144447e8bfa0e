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
 * A service that has a vote in a group, as the group's router sees it. It counts what it is asked,
 * and how that ends, as if it were alone.
 *
 * @param here its router in the group's cluster
 */
public record GroupMember(FilterService service, FilterService.InCluster here) {
  int asyncId() {
    return service.asyncId();
  }

  /** What a query of the group is asked under here. */
  SuspensionKey key(Ballot ballot) {
    return new SuspensionKey(asyncId(), ballot.key().queryId());
  }

  boolean isAvailable() {
    return here.view().isAvailable();
  }

  /**
   * Asks it about the query of a ballot.
   *
   * @param answerTo takes a decision, as the entity of a query does
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

  /** It has decided, after so long. */
  void decided(long permit, Verdict verdict, long nanos) {
    service.breaker().ended(permit, true);
    service.verdictLatency().record(nanos);
    count(
        Severity.of(verdict) == Severity.DROP
            ? SuspensionCounter.DROPPED
            : SuspensionCounter.RESUMED);
  }

  /** It will not decide; returns its vote. */
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

  /** It was decided without its vote. */
  void notNeeded(long permit) {
    service.breaker().endedOtherwise(permit);
    count(SuspensionCounter.NOT_NEEDED);
  }

  /** Its vote if it does not decide for this reason. */
  Verdict vote(Undecided reason) {
    return Votes.of(service.settings(), reason);
  }
}
