// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.GroupSettings;
import io.anteroom.node.flow.Ask;
import io.anteroom.node.flow.Described;
import io.anteroom.node.flow.Ended;
import io.anteroom.node.flow.Peek;
import io.anteroom.node.flow.Peek.Peeked;
import io.anteroom.node.flow.Settled;
import io.anteroom.node.flow.SuspensionCommand;
import io.anteroom.node.flow.SuspensionCommand.Decide;
import io.anteroom.node.flow.SuspensionCommand.Describe;
import io.anteroom.node.flow.SuspensionCommand.GiveUp;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.flow.Undecided;
import io.anteroom.node.flow.Waiting;
import io.anteroom.protocol.Rejection;
import io.anteroom.protocol.ResumeResult;
import io.anteroom.protocol.ResumeResult.Status;
import io.anteroom.protocol.Resumes;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToRouter;
import io.anteroom.protocol.Verdict;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/**
 * Filter router of a group on one node: asks all members at once and sends their joint verdict to
 * the query. It runs on the thread of the filter routers. To the members' filter routers it behaves
 * like a suspended query: it sends them {@link Ask}, and they reply with {@link Decide} or {@link
 * GiveUp}.
 *
 * <p><b>Keys.</b> A member is asked under its own asyncID and the group's queryID. QueryIDs are
 * unique across services, so no suspension has such a key. A verdict that arrives on another node
 * therefore finds no entity; it changes nothing and is counted there.
 *
 * <p><b>Votes.</b> A verdict is a vote ({@link VoteCount}). A member that does not decide votes by
 * its own settings: {@code on-timeout} if its timeout or the group's expires or its breaker is
 * open; {@code on-no-filter}; {@code on-overload}. The group's timeout ends shortly before the
 * query's deadline, so that the votes cast by then yield a verdict.
 *
 * <p><b>Counters.</b> Each member's requests and their results are counted as if it were asked
 * alone. A request that ends because the ballot was decided without its vote counts as not needed.
 *
 * <p><b>Move.</b> A query that moves to another node ends here, as if it had been cancelled; on the
 * other node all members are asked again.
 */
public final class GroupRouter extends AbstractBehavior<ToRouter> {
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final long MOST_EARLY_NANOS = Duration.ofMillis(25).toNanos();

  private final FilterService service;
  private final ServiceView view;
  private final GroupSettings settings;
  private final List<GroupMember> members;
  private final VerdictFit fit;
  private final EndedKeys ended;
  private final RejectedVerdicts rejections;
  private final LongSupplier nanoTime;
  private final TimerScheduler<ToRouter> timers;
  private final ActorRef<ToRouter> self;

  /** The members' filter routers reply to this actor as if it were the query's entity. */
  private final ActorRef<SuspensionCommand> query;

  private final Ballots ballots;
  private long asked;

  /** A message from a member's filter router to the query. */
  private record FromMember(SuspensionCommand message)
      implements ToRouter, NoSerializationVerificationNeeded {}

  private enum Internal implements ToRouter, NoSerializationVerificationNeeded {
    ALARM,
    TICK
  }

  private GroupRouter(
      ActorContext<ToRouter> context,
      TimerScheduler<ToRouter> timers,
      FilterService service,
      ServiceView view,
      List<GroupMember> members,
      Set<String> pools,
      EndedKeys ended,
      LongSupplier nanoTime) {
    super(context);
    this.timers = timers;
    this.service = service;
    this.view = view;
    this.settings = Objects.requireNonNull(service.settings().group());
    this.members = List.copyOf(members);
    this.fit = new VerdictFit(pools);
    this.rejections = new RejectedVerdicts(service, nanoTime);
    this.ended = ended;
    this.nanoTime = nanoTime;
    this.ballots = new Ballots(nanoTime.getAsLong());
    this.self = context.getSelf();
    this.query = context.messageAdapter(SuspensionCommand.class, FromMember::new);
    timers.startTimerWithFixedDelay(Internal.TICK, TICK);
  }

  /**
   * Creates the filter router of a group.
   *
   * @param view updated with the number of open ballots
   * @param members in the order of the settings
   * @param pools the names of the node's upstream pools
   * @param ended the keys that ended on this node; shared, on the same thread
   */
  public static Behavior<ToRouter> create(
      FilterService service,
      ServiceView view,
      List<GroupMember> members,
      Set<String> pools,
      EndedKeys ended,
      LongSupplier nanoTime) {
    Behavior<ToRouter> group =
        Behaviors.setup(
            context ->
                Behaviors.withTimers(
                    timers ->
                        new GroupRouter(
                            context, timers, service, view, members, pools, ended, nanoTime)));
    return Behaviors.supervise(group).onFailure(SupervisorStrategy.resume());
  }

  @Override
  public Receive<ToRouter> createReceive() {
    return newReceiveBuilder()
        .onMessage(Ask.class, this::onAsk)
        .onMessage(FromMember.class, this::onFromMember)
        .onMessage(Ended.class, this::onEnded)
        .onMessage(Settled.class, settled -> this)
        .onMessageEquals(Internal.ALARM, this::onAlarm)
        .onMessageEquals(Internal.TICK, this::onTick)
        .onMessage(Resumes.class, this::onResumes)
        .onMessage(Peek.class, this::onPeek)
        .onMessage(Describe.class, this::onDescribe)
        .build();
  }

  private Behavior<ToRouter> onAsk(Ask ask) {
    long now = nanoTime.getAsLong();
    long tenth = service.settings().timeout().toNanos() / 10;
    long closes = ask.state().deadlineNanos() - Math.min(tenth, MOST_EARLY_NANOS);
    Ballot ballot = new Ballot(ask, settings, asked++, now, closes);
    Ballot before = ballots.get(ballot.key());
    if (before != null) {
      close(before);
    }
    ballots.add(ballot);
    for (int i = 0; i < members.size() && !ballot.isOver(); i++) {
      askMember(ballot, i, now);
    }
    if (!ballot.isOver()) {
      ballots.lookAt(ballot);
      setAlarm(now);
    }
    return this;
  }

  private void askMember(Ballot ballot, int i, long now) {
    GroupMember member = members.get(i);
    member.count(SuspensionCounter.REQUESTED);
    if (!member.isAvailable()) {
      member.count(SuspensionCounter.REFUSED_NO_FILTER);
      vote(ballot, i, member.vote(Undecided.NO_FILTER));
      return;
    }
    long permit = member.service().breaker().permit();
    if (permit == CircuitBreaker.REFUSED) {
      member.count(SuspensionCounter.REFUSED_BREAKER);
      vote(ballot, i, member.vote(Undecided.TIMEOUT));
      return;
    }
    member.count(SuspensionCounter.ACCEPTED);
    long own = now + member.service().settings().timeout().toNanos();
    long deadline = own - ballot.closesNanos < 0 ? own : ballot.closesNanos;
    ballot.ask(i, permit, deadline);
    member.ask(ballot, deadline, query);
  }

  private Behavior<ToRouter> onFromMember(FromMember from) {
    if (from.message() instanceof Decide decide) {
      onDecide(decide);
    } else if (from.message() instanceof GiveUp giveUp) {
      onGiveUp(giveUp);
    }
    return this;
  }

  private void onDecide(Decide decide) {
    int i = memberOf(decide.key());
    Ballot ballot = ballotOf(decide.key());
    if (ballot == null || i < 0 || !ballot.waitsFor(i)) {
      settle(decide, new ResumeResult(decide.key(), Status.ENDED));
      return;
    }
    Rejection misfit =
        fit.misfit(decide.verdict(), ballot.ask.state().query(), decide.byOperator());
    if (misfit != null) {
      settle(decide, ResumeResult.rejected(decide.key(), misfit));
      ended.add(decide.key());
      leaveUndecided(ballot, i, Undecided.TIMEOUT);
    } else {
      settle(decide, new ResumeResult(decide.key(), Status.RESUMED));
      long took = nanoTime.getAsLong() - ballot.begunNanos;
      members.get(i).decided(ballot.takePermit(i), decide.verdict(), took);
      ended.add(decide.key());
      vote(ballot, i, decide.verdict());
    }
  }

  private static void settle(Decide decide, ResumeResult result) {
    decide.replyTo().tell(new Settled(result, decide.instance()));
  }

  private void onGiveUp(GiveUp giveUp) {
    int i = memberOf(giveUp.key());
    Ballot ballot = ballotOf(giveUp.key());
    if (ballot != null && i >= 0 && ballot.waitsFor(i)) {
      ended.add(giveUp.key());
      leaveUndecided(ballot, i, giveUp.reason());
    }
  }

  private void leaveUndecided(Ballot ballot, int i, Undecided reason) {
    vote(ballot, i, members.get(i).undecided(ballot.takePermit(i), reason));
  }

  private int memberOf(SuspensionKey key) {
    for (int i = 0; i < members.size(); i++) {
      if (members.get(i).asyncId() == key.asyncId()) {
        return i;
      }
    }
    return -1;
  }

  private @Nullable Ballot ballotOf(SuspensionKey key) {
    return ballots.get(new SuspensionKey(service.settings().asyncId(), key.queryId()));
  }

  private void vote(Ballot ballot, int i, Verdict vote) {
    Verdict verdict = ballot.votes.cast(i, vote);
    if (verdict != null) {
      service.counters().add(SuspensionCounter.TAGS_LEFT_OUT, ballot.votes.tagsLeftOut());
      close(ballot);
      ballot
          .ask
          .entity()
          .tell(new Decide(ballot.key(), verdict, getContext().getSystem().ignoreRef(), self));
    }
  }

  /** Ends a ballot; votes that are missing are no longer needed. */
  private void close(Ballot ballot) {
    ballot.end();
    ballots.remove(ballot);
    for (int i = 0; i < members.size(); i++) {
      if (ballot.waitsFor(i)) {
        members.get(i).notNeeded(ballot.takePermit(i));
        forget(ballot, i);
      }
    }
  }

  private void forget(Ballot ballot, int i) {
    SuspensionKey key = members.get(i).key(ballot);
    ended.add(key);
    members.get(i).tell(new Ended(key));
  }

  private Behavior<ToRouter> onEnded(Ended message) {
    Ballot ballot = ballots.get(message.key());
    if (ballot != null) {
      close(ballot);
    }
    return this;
  }

  private void setAlarm(long now) {
    Duration delay = ballots.setAlarm(now);
    if (delay != null) {
      timers.startSingleTimer(Internal.ALARM, delay);
    }
  }

  private Behavior<ToRouter> onAlarm() {
    ballots.clearAlarm();
    long now = nanoTime.getAsLong();
    Ballot ballot;
    while ((ballot = ballots.pollDue(now)) != null) {
      endOverdue(ballot, now);
      if (!ballot.isOver()) {
        ballots.lookAt(ballot);
      }
    }
    setAlarm(now);
    return this;
  }

  private void endOverdue(Ballot ballot, long now) {
    for (int i = 0; i < members.size() && !ballot.isOver(); i++) {
      if (ballot.isDue(i, now)) {
        forget(ballot, i);
        leaveUndecided(ballot, i, Undecided.TIMEOUT);
      }
    }
  }

  private Behavior<ToRouter> onTick() {
    view.publish(new FilterStatus(0, ballots.size(), List.of()));
    return this;
  }

  /** A group has no instances, so the sender is none. */
  private Behavior<ToRouter> onResumes(Resumes resumes) {
    rejections.refuse(resumes);
    return this;
  }

  private Behavior<ToRouter> onPeek(Peek peek) {
    List<Waiting> oldest = ballots.oldest(peek.limit()).stream().map(Ballot::waiting).toList();
    peek.replyTo().tell(new Peeked(ballots.size(), oldest));
    return this;
  }

  private Behavior<ToRouter> onDescribe(Describe describe) {
    Ballot ballot = ballots.get(describe.key());
    Waiting waiting = ballot == null ? null : ballot.waiting();
    describe.replyTo().tell(new Described(describe.key(), waiting, ballot == null));
    return this;
  }
}
