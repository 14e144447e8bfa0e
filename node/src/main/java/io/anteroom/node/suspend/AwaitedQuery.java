// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.flow.SuspensionCommand.Cancel;
import io.anteroom.node.flow.SuspensionCommand.Decide;
import io.anteroom.node.flow.SuspensionCommand.Local;
import io.anteroom.node.flow.SuspensionCommand.Suspend;
import io.anteroom.protocol.ResumeResult.Status;
import io.anteroom.protocol.SuspensionKey;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * State of a {@link SuspendedQuery} entity that received verdicts before its query, because its
 * shard is being handed over. It holds the verdicts until the query arrives, at most 2 s. An
 * instance repeats an unanswered verdict; repetitions are not stored.
 */
final class AwaitedQuery {
  private final SuspendedQuery query;
  private final SuspendedQuery.Shared shared;
  private final SuspensionKey key;
  private final List<Decide> verdicts = new ArrayList<>(1);

  private AwaitedQuery(
      SuspendedQuery query, SuspendedQuery.Shared shared, SuspensionKey key, Decide first) {
    this.query = query;
    this.shared = shared;
    this.key = key;
    verdicts.add(first);
  }

  /**
   * Behavior of an entity that this first verdict started. The caller has taken a place for the
   * verdict in {@link EarlyVerdicts}.
   */
  static Behavior<SuspensionCommand> create(
      ActorContext<SuspensionCommand> context,
      SuspendedQuery query,
      SuspendedQuery.Shared shared,
      Decide first) {
    context.setReceiveTimeout(EarlyVerdicts.WAIT, Local.DEADLINE);
    return Behaviors.receiveMessage(new AwaitedQuery(query, shared, first.key(), first)::onMessage);
  }

  private Behavior<SuspensionCommand> onMessage(SuspensionCommand message) {
    if (message instanceof Suspend suspend) {
      release();
      return query.begin(suspend, verdicts);
    } else if (message instanceof Decide decide) {
      return onDecide(decide);
    } else if (message == Local.DEADLINE) {
      return settle(Status.UNKNOWN);
    } else if (message instanceof Cancel) {
      shared.ended().add(key);
      return settle(Status.ENDED);
    } else if (message == Local.STOP) {
      release();
      verdicts.forEach(shared.region());
      return Behaviors.stopped();
    }
    query.onMessage(message);
    return Behaviors.same();
  }

  private Behavior<SuspensionCommand> onDecide(Decide decide) {
    if (verdicts.stream().anyMatch(held -> held.instance().equals(decide.instance()))) {
      return Behaviors.same();
    } else if (shared.early().admit(key.shard())) {
      verdicts.add(decide);
    } else {
      query.settle(decide, Status.UNKNOWN);
    }
    return Behaviors.same();
  }

  private Behavior<SuspensionCommand> settle(Status status) {
    release();
    verdicts.forEach(verdict -> query.settle(verdict, status));
    return Behaviors.stopped();
  }

  private void release() {
    shared.early().release(verdicts.size());
  }
}
