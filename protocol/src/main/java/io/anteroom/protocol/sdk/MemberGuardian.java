// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.ToInstance;
import java.time.Duration;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.cluster.ClusterEvent.MemberRemoved;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Subscribe;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The root actor of a {@link FilterMember}. It forwards messages to its instance. The ActorSystem
 * stops when the instance has left, when the last node has left the cluster, or when no node was
 * reachable for a while. If something keeps the member from getting requests, the reason is logged
 * after it has lasted for {@link #CHECK}, and again when it changes.
 */
final class MemberGuardian extends AbstractBehavior<ToInstance> {
  private static final Duration CHECK = Duration.ofSeconds(10);
  private static final Duration LOOK = Duration.ofSeconds(1);

  /**
   * How often in a row no node must be reachable before the member starts again. Nodes remove an
   * unreachable member after seven seconds, and then ignore it.
   */
  private static final int LOOKS_ALONE = 10;

  private static final Logger LOG = LoggerFactory.getLogger(FilterMember.class);

  private final FilterMemberSettings settings;
  private final FilterMetrics metrics;
  private final ActorRef<ToInstance> instance;
  private final Cluster cluster;
  private Obstacle seen = Obstacle.NONE;
  private int looksAlone;

  /** Why the member gets no requests. */
  private enum Obstacle {
    NONE,
    NO_CLUSTER,
    NO_SERVICE
  }

  /** A member has left the cluster. */
  private record Left(Member member) implements ToInstance, NoSerializationVerificationNeeded {}

  private enum Signal implements ToInstance, NoSerializationVerificationNeeded {
    CHECK,
    LOOK
  }

  private MemberGuardian(
      ActorContext<ToInstance> context,
      FilterMemberSettings settings,
      FilterMetrics metrics,
      Behavior<ToInstance> filter) {
    super(context);
    this.settings = settings;
    this.metrics = metrics;
    this.cluster = Cluster.get(context.getSystem());
    this.instance = context.spawn(filter, "filter-" + settings.asyncId());
    context.watch(instance);
    ActorRef<MemberRemoved> removals =
        context.messageAdapter(MemberRemoved.class, event -> new Left(event.member()));
    cluster.subscriptions().tell(Subscribe.create(removals, MemberRemoved.class));
  }

  /**
   * Creates the guardian.
   *
   * @param metrics the counters of the filter's instance
   */
  static Behavior<ToInstance> create(
      FilterMemberSettings settings, FilterMetrics metrics, Behavior<ToInstance> filter) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  timers.startTimerWithFixedDelay(Signal.CHECK, CHECK);
                  timers.startTimerWithFixedDelay(Signal.LOOK, LOOK);
                  return new MemberGuardian(context, settings, metrics, filter);
                }));
  }

  @Override
  public Receive<ToInstance> createReceive() {
    return newReceiveBuilder()
        .onMessage(Left.class, this::onLeft)
        .onMessageEquals(Signal.CHECK, this::onCheck)
        .onMessageEquals(Signal.LOOK, this::onLook)
        .onMessage(ToInstance.class, this::onOther)
        .onSignal(Terminated.class, terminated -> end())
        .build();
  }

  private Behavior<ToInstance> onLeft(Left left) {
    // A cluster of filters alone is of no use: a node would start another cluster.
    return isNode(left.member()) && !hasOtherNode(left.member()) ? end() : this;
  }

  private Behavior<ToInstance> onOther(ToInstance message) {
    instance.tell(message);
    return this;
  }

  /** Runs the coordinated shutdown, which leaves the cluster first. */
  private Behavior<ToInstance> end() {
    getContext().getSystem().terminate();
    return this;
  }

  private Behavior<ToInstance> onCheck() {
    Obstacle now = obstacle();
    if (now != seen) {
      seen = now;
      tell(now);
    }
    return this;
  }

  private Behavior<ToInstance> onLook() {
    looksAlone = isAlone() ? looksAlone + 1 : 0;
    if (looksAlone == LOOKS_ALONE) {
      LOG.warn("the filter reaches no node, and looks for its cluster anew");
      return end();
    }
    return this;
  }

  private Obstacle obstacle() {
    if (cluster.selfMember().status() != MemberStatus.up()) {
      return Obstacle.NO_CLUSTER;
    }
    return metrics.attached == 0 ? Obstacle.NO_SERVICE : Obstacle.NONE;
  }

  private void tell(Obstacle obstacle) {
    switch (obstacle) {
      case NO_CLUSTER ->
          LOG.warn(
              "filter {} is in no cluster yet: none of the nodes {} has taken it in. A node must be"
                  + " named by the very host and port that its own cluster settings name; localhost"
                  + " is not 127.0.0.1. Both sides must use TLS, or neither.",
              settings.asyncId(),
              settings.seeds());
      case NO_SERVICE ->
          LOG.warn(
              "filter {} is in the cluster, but no node asks it: none has a filter service with"
                  + " asyncID {}",
              settings.asyncId(),
              settings.asyncId());
      case NONE -> LOG.info("filter {} is asked by {} nodes", settings.asyncId(), metrics.attached);
    }
  }

  private boolean hasOtherNode(Member than) {
    for (Member member : cluster.state().getMembers()) {
      if (isNode(member) && !member.equals(than)) {
        return true;
      }
    }
    return false;
  }

  /** Whether it knows nodes but reaches none of them. */
  private boolean isAlone() {
    boolean knowsNodes = false;
    for (Member member : cluster.state().getMembers()) {
      if (isNode(member)) {
        knowsNodes = true;
        if (!cluster.state().getUnreachable().contains(member)) {
          return false;
        }
      }
    }
    return knowsNodes;
  }

  private static boolean isNode(Member member) {
    return member.hasRole(FilterKeys.NODE_ROLE);
  }
}
