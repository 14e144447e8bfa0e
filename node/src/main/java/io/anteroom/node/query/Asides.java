// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Effect;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.protocol.Stage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Carries out the asides of rules (log, copy, file, delay) for the queries of one listener, on its
 * thread. At most {@value #MAX_DELAYED} delayed queries wait here; further ones continue at once
 * and are counted.
 */
final class Asides {
  static final int MAX_DELAYED = 10_000;

  private final Outlets outlets;
  private final ActorRef<OriginCommand> origin;
  private final Later later;
  private final Set<Waiting> delayed = new HashSet<>();

  /**
   * Creates the asides of one listener.
   *
   * @param later continues a delayed query, on the same thread
   */
  Asides(Outlets outlets, ActorRef<OriginCommand> origin, Later later) {
    this.outlets = outlets;
    this.origin = origin;
    this.later = later;
  }

  /** Continues a delayed query. */
  @FunctionalInterface
  interface Later {
    void goOn(Stage stage, Query query, int nextRule);
  }

  /** Carries out an aside. True if the query is delayed: {@link Later} continues it. */
  boolean take(RuleOutcome.Aside aside, Stage stage) {
    if (aside.effect() instanceof Effect.Delay delay) {
      return delay(delay, new Waiting(aside, stage));
    } else if (aside.effect() instanceof Effect.Tee tee) {
      outlets.tee(aside.query(), tee.to());
    } else if (aside.effect() instanceof Effect.Log log) {
      outlets.log(aside.query(), stage, log.rule());
    } else if (aside.effect() instanceof Effect.Spool spool) {
      outlets.spool(aside.query(), spool.prefix());
    }
    return false;
  }

  private boolean delay(Effect.Delay delay, Waiting waiting) {
    if (delayed.size() >= MAX_DELAYED) {
      outlets.count(Counter.DELAY_OVERLOAD);
      return false;
    }
    outlets.count(Counter.DELAYED);
    delayed.add(waiting);
    Due due = new Due(() -> end(waiting));
    outlets.loop().schedule(() -> origin.tell(due), delay.time().toNanos(), TimeUnit.NANOSECONDS);
    return true;
  }

  private void end(Waiting waiting) {
    if (delayed.remove(waiting)) {
      RuleOutcome.Aside aside = waiting.aside;
      later.goOn(waiting.stage, aside.query(), aside.nextRule());
    }
  }

  /** Continues all delayed queries now. */
  void endAll() {
    List<Waiting> all = new ArrayList<>(delayed);
    all.forEach(this::end);
  }

  /** Compared by identity, as queries may be equal. */
  private static final class Waiting {
    private final RuleOutcome.Aside aside;
    private final Stage stage;

    Waiting(RuleOutcome.Aside aside, Stage stage) {
      this.aside = aside;
      this.stage = stage;
    }
  }
}
