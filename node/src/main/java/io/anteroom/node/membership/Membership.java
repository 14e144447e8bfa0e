// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import io.anteroom.node.membership.Standing.State;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.apache.pekko.Done;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the node a member of a cluster. This actor runs on its own thread, which may block.
 *
 * <p><b>Joining.</b> A new {@link Generation} looks for a cluster ({@link Joining}). When queries
 * can be suspended with it, it takes over from the generation before: suspended queries move to it,
 * and the old generation leaves its cluster {@value #FINISH_SECONDS} s later.
 *
 * <p><b>Losing members.</b> Members that this side can't reach are declared down after a while
 * ({@link LostNodes}); in a partition each side does so. The node itself is never ended.
 *
 * <p><b>Merging clusters.</b> Seeds and former nodes that are not in the cluster are asked for
 * their {@link Standing}. If one of them is in another cluster, which does not know this node, the
 * two clusters have to become one: the nodes of the cluster that does not {@linkplain
 * Standing#staysAgainst stay} move to the other, each with a new generation next to the old one.
 *
 * <p><b>Replacing a member.</b> When the member of this node ends, because others declared it down
 * or for any other reason, another one replaces it: the {@link Spare} if there is one, else a new
 * one. Suspended queries stay suspended until it can be used.
 */
public final class Membership extends AbstractBehavior<Membership.Command> {
  /** Configured in this module's reference.conf: one thread that may block. */
  public static final DispatcherSelector DISPATCHER =
      DispatcherSelector.fromConfig("anteroom.membership");

  private static final Logger LOG = LoggerFactory.getLogger(Membership.class);
  private static final Duration TICK = Duration.ofMillis(500);

  /** The pause between looks at a generation that is joining while the node has no other. */
  private static final Duration SOON = Duration.ofMillis(50);

  private static final int FINISH_SECONDS = 2;

  private final MembershipParts parts;
  private final LongSupplier nanoTime;
  private final TimerScheduler<Command> timers;
  private final LostNodes lost;
  private final OtherNodes others;
  private final Spare spare;
  private @Nullable Generation current;
  private @Nullable Joining next;

  /** A generation that is unusable and has not been replaced yet. */
  private @Nullable Generation abandoned;

  private boolean leaving;

  /** Messages of this actor. */
  public sealed interface Command extends NoSerializationVerificationNeeded {}

  /** The node ends: leave the cluster, then complete the future. */
  public record Leave(CompletableFuture<Done> left) implements Command {}

  private enum Tick implements Command {
    TICK,
    SOON,
    START_NEXT
  }

  private record Said(String asked, @Nullable Standing standing) implements Command {}

  private record Ended(Generation generation) implements Command {}

  /**
   * Others have declared it down, or it has lost its shards. Queries suspended there may still end.
   */
  private record Unusable(Generation generation) implements Command {}

  private record Finish(Generation old) implements Command {}

  private Membership(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      MembershipParts parts,
      LongSupplier nanoTime) {
    super(context);
    this.parts = parts;
    this.timers = timers;
    this.nanoTime = nanoTime;
    this.lost = new LostNodes(parts.self(), parts.shares(), nanoTime);
    this.others = new OtherNodes(parts.self(), nanoTime.getAsLong());
    this.spare = new Spare(parts.generations(), nanoTime);
    follow(parts.first());
    begin(parts.first());
    timers.startTimerWithFixedDelay(Tick.TICK, Duration.ZERO, TICK);
  }

  /** The actor; must run on {@link #DISPATCHER}. */
  public static Behavior<Command> create(MembershipParts parts, LongSupplier nanoTime) {
    Behavior<Command> membership =
        Behaviors.setup(
            context ->
                Behaviors.withTimers(timers -> new Membership(context, timers, parts, nanoTime)));
    return Behaviors.supervise(membership).onFailure(SupervisorStrategy.resume());
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessageEquals(Tick.TICK, this::onTick)
        .onMessageEquals(Tick.SOON, this::onSoon)
        .onMessageEquals(Tick.START_NEXT, this::onStartNext)
        .onMessage(Said.class, this::onSaid)
        .onMessage(Finish.class, this::onFinish)
        .onMessage(Unusable.class, this::onUnusable)
        .onMessage(Ended.class, this::onEnded)
        .onMessage(Leave.class, this::onLeave)
        .build();
  }

  private Joining begin(Generation generation) {
    Joining coming = new Joining(generation, parts.self(), parts.seeds(), nanoTime);
    next = coming;
    others.begin(nanoTime.getAsLong());
    generation.beReached();
    timers.startSingleTimer(Tick.SOON, SOON);
    // Otherwise other nodes would keep their connections to the one before and send it messages
    // meant for the new one, which could never join them. Members of its own cluster have to keep
    // them: they would mistake the new one for it.
    if (abandoned != null) {
      abandoned.cutOff();
    } else if (current != null && ClusterView.of(current).isAlone()) {
      current.cutOff();
    }
    return coming;
  }

  /** Sends this actor a message when the generation becomes unusable or has ended. */
  private void follow(Generation generation) {
    ActorRef<Command> self = getContext().getSelf();
    Obituaries.start(generation.system(), () -> self.tell(new Unusable(generation)));
    getContext().pipeToSelf(generation.shardsEnded(), (done, failure) -> new Unusable(generation));
    getContext()
        .pipeToSelf(
            generation.system().getWhenTerminated(), (done, failure) -> new Ended(generation));
  }

  private Behavior<Command> onTick() {
    if (leaving) {
      return this;
    }
    if (current != null) {
      lost.look(current);
      keepSpare(current);
    }
    parts.standing().accept(standing().write());
    if (next != null) {
      bringIn(next);
    }
    if (others.isTimeToAsk(nanoTime.getAsLong())) {
      askOthers();
    }
    return this;
  }

  /** A node without a generation suspends nothing, so what it has next must not wait for a tick. */
  private Behavior<Command> onSoon() {
    if (!leaving && current == null && next != null) {
      bringIn(next);
      timers.startSingleTimer(Tick.SOON, SOON);
    }
    return this;
  }

  private void keepSpare(Generation here) {
    Generation started = spare.look(!ClusterView.of(here).reachesAll());
    if (started != null) {
      follow(started);
    }
  }

  /** Continues to join with a generation, and makes it take over when it is ready. */
  private void bringIn(Joining coming) {
    if (coming.hasJoinedNow() && current == null) {
      // Operators may change shared tables as soon as there is a cluster.
      parts.shares().join(coming.generation().system());
    }
    if (coming.isReady(current)) {
      takeOver(coming.generation());
    } else if (coming.isHopeless(current)) {
      giveUp(coming);
    } else {
      coming.join(others, current);
    }
  }

  /** Ends a generation that can't join; when that is done, the node looks for a cluster again. */
  private void giveUp(Joining coming) {
    if (coming.giveUp()) {
      LOG.warn(
          current == null
              ? "the node has lost the cluster that it was joining, and looks for one again"
              : "the node could not join the other cluster, and stays in its own");
    }
  }

  private void takeOver(Generation coming) {
    Generation old = current == null ? abandoned : current;
    coming.takeOver();
    if (current != null) {
      parts.shares().join(coming.system());
    }
    current = coming;
    next = null;
    abandoned = null;
    lost.movedOver();
    parts.moveWaiting().run();
    if (old != null) {
      LOG.info("the node has gone over to the cluster of {}", ClusterView.of(coming).reachable());
      timers.startSingleTimer(new Finish(old), Duration.ofSeconds(FINISH_SECONDS));
    }
  }

  private Behavior<Command> onFinish(Finish finish) {
    finish.old().leave();
    return this;
  }

  private Behavior<Command> onUnusable(Unusable unusable) {
    if (!leaving && next != null && unusable.generation() == next.generation()) {
      giveUp(next);
    }
    if (leaving || unusable.generation() != current) {
      return this;
    }
    LOG.warn("other nodes take this one for dead; it goes on alone until it has joined them again");
    abandoned = current;
    current = null;
    lost.leftCluster();
    Generation alone = spare.take();
    if (alone == null) {
      if (next != null) {
        abandoned.cutOff();
      }
      return onStartNext();
    }
    if (next != null) {
      next.giveUp();
    }
    bringIn(begin(alone).inClusterOfItsOwn());
    return this;
  }

  private Behavior<Command> onEnded(Ended ended) {
    spare.ended(ended.generation());
    if (leaving) {
      return this;
    } else if (next != null && ended.generation() == next.generation()) {
      next = null;
      if (current != null) {
        current.beReached();
      }
    } else if (ended.generation() == abandoned) {
      abandoned = null;
    } else if (ended.generation() == current) {
      LOG.warn("the node is no longer in its cluster, and joins it again");
      current = null;
      lost.leftCluster();
    }
    if (current == null && next == null) {
      return onStartNext();
    }
    return this;
  }

  private Behavior<Command> onStartNext() {
    if (leaving || next != null) {
      return this;
    }
    try {
      Generation started = parts.generations().start();
      follow(started);
      begin(started);
    } catch (RuntimeException e) {
      LOG.error("the node can't be a member of a cluster; it tries again in 10 s", e);
      timers.startSingleTimer(Tick.START_NEXT, Duration.ofSeconds(10));
    }
    return this;
  }

  private void askOthers() {
    Set<String> whom = new HashSet<>(parts.seeds());
    whom.addAll(lost.former());
    whom.remove(parts.self());
    if (next == null && current != null) {
      whom.removeAll(ClusterView.of(current).reachable());
    }
    others.ask(
        whom,
        other ->
            getContext()
                .pipeToSelf(
                    parts.asker().ask(other),
                    (said, failure) ->
                        new Said(other, failure == null ? Standing.read(said) : null)));
  }

  private Behavior<Command> onSaid(Said said) {
    Standing standing = others.said(said.asked(), said.standing());
    if (standing != null && standing.isUp() && !leaving && current != null && next == null) {
      meet(ClusterView.of(current), standing);
    }
    return this;
  }

  /**
   * Moves to another cluster if that is the one that stays. First all members of the other cluster
   * must be gone from this node's own: two members with the same address must not both communicate
   * with one member.
   */
  private void meet(ClusterView here, Standing other) {
    if (!here.isUp() || other.knows(parts.self(), here.uid()) || !other.staysAgainst(standing())) {
      return;
    }
    if (here.dropMembersOf(other)) {
      LOG.info("{} is in another cluster; this node goes over to it", other.address());
      onStartNext();
    }
  }

  private Standing standing() {
    if (next == null && current != null) {
      return ClusterView.of(current).standing(parts.self());
    }
    return new Standing(parts.self(), current == null ? State.LOOKING : State.MOVING, List.of());
  }

  private Behavior<Command> onLeave(Leave leave) {
    leaving = true;
    spare.end();
    List<CompletableFuture<Void>> ends = new ArrayList<>();
    Generation coming = next == null ? null : next.generation();
    for (Generation generation : new Generation[] {current, coming, abandoned}) {
      if (generation != null) {
        ends.add(generation.leave().toCompletableFuture());
      }
    }
    CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new))
        .whenComplete((done, failure) -> leave.left().complete(Done.getInstance()));
    return this;
  }
}
