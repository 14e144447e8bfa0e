// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.GroupSettings;
import io.anteroom.node.flow.Ask;
import io.anteroom.node.flow.Described;
import io.anteroom.node.flow.Ended;
import io.anteroom.node.flow.Peek;
import io.anteroom.node.flow.Peek.Peeked;
import io.anteroom.node.flow.Settled;
import io.anteroom.node.flow.SuspendedState;
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
import io.anteroom.protocol.ToDispatcher;
import io.anteroom.protocol.Verdict;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
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
 * Asks the members of a group on one node at once, and brings what they come to together to the
 * query. It stands where the dispatcher of a service stands, on the same thread, and to the
 * dispatchers of its members it is what a suspended query is to its own: they are asked with {@link
 * Ask} and answer with {@link Decide} or {@link GiveUp}.
 *
 * <p><b>Keys.</b> A member is asked under its own asyncID and the group's queryID. QueryIDs are
 * issued once for all services, so such a key is nobody else's; and no entity has it, so a verdict
 * that comes in by another node changes nothing and is counted there.
 *
 * <p><b>Votes.</b> A verdict is a vote ({@link Tally}). A member that does not decide takes what
 * its own settings say as its vote: {@code on-timeout} when its time or the group's is up, or its
 * breaker leaves it alone; {@code on-no-filter}; {@code on-overload}. The group's time is up a
 * little before the query's, so that there is a verdict from what was said by then.
 *
 * <p><b>Counters.</b> Each member counts what it is asked, and how that ends, as if it were alone.
 * What ends because it was decided without it counts as not needed.
 *
 * <p><b>Move.</b> A query that moves to another node ends here like one whose client has gone;
 * there all members are asked again.
 */
public final class GroupDispatcher extends AbstractBehavior<ToDispatcher> {
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final long MOST_EARLY_NANOS = Duration.ofMillis(25).toNanos();

  private final FilterService service;
  private final ServiceView view;
  private final GroupSettings settings;
  private final List<Member> members;
  private final VerdictFit fit;
  private final EndedKeys ended;
  private final Rejections rejections;
  private final LongSupplier nanoTime;
  private final TimerScheduler<ToDispatcher> timers;
  private final ActorRef<ToDispatcher> self;

  /** What the members' dispatchers take for the query. */
  private final ActorRef<SuspensionCommand> query;

  private final Map<SuspensionKey, Ballot> ballots = new LinkedHashMap<>();
  private final TreeSet<Ballot> byTime =
      new TreeSet<>(
          Comparator.<Ballot>comparingLong(this::lookIn).thenComparingLong(each -> each.number));

  private final long startNanos;
  private long asked;
  private long alarmNanos;
  private boolean alarmed;

  /**
   * A service that has a vote.
   *
   * @param here its dispatcher in the group's cluster
   */
  public record Member(FilterService service, FilterService.InCluster here) {
    int asyncId() {
      return service.asyncId();
    }

    boolean isAvailable() {
      return here.view().isAvailable();
    }

    void tell(ToDispatcher message) {
      here.dispatcher().tell(message);
    }

    void count(SuspensionCounter counter) {
      service.counters().increment(counter);
    }
  }

  /** What a member's dispatcher tells the query. */
  private record FromMember(SuspensionCommand message)
      implements ToDispatcher, NoSerializationVerificationNeeded {}

  private enum Internal implements ToDispatcher, NoSerializationVerificationNeeded {
    ALARM,
    TICK
  }

  private GroupDispatcher(
      ActorContext<ToDispatcher> context,
      TimerScheduler<ToDispatcher> timers,
      FilterService service,
      ServiceView view,
      List<Member> members,
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
    this.rejections = new Rejections(service, nanoTime);
    this.ended = ended;
    this.nanoTime = nanoTime;
    this.startNanos = nanoTime.getAsLong();
    this.self = context.getSelf();
    this.query = context.messageAdapter(SuspensionCommand.class, FromMember::new);
    timers.startTimerWithFixedDelay(Internal.TICK, TICK);
  }

  /**
   * The dispatcher of a group.
   *
   * @param view where it tells how many votes are open
   * @param members in the order of the settings
   * @param pools the names of the node's upstream pools
   * @param ended the keys that ended on this node; shared, on the same thread
   */
  public static Behavior<ToDispatcher> create(
      FilterService service,
      ServiceView view,
      List<Member> members,
      Set<String> pools,
      EndedKeys ended,
      LongSupplier nanoTime) {
    Behavior<ToDispatcher> group =
        Behaviors.setup(
            context ->
                Behaviors.withTimers(
                    timers ->
                        new GroupDispatcher(
                            context, timers, service, view, members, pools, ended, nanoTime)));
    return Behaviors.supervise(group).onFailure(SupervisorStrategy.resume());
  }

  @Override
  public Receive<ToDispatcher> createReceive() {
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

  private Behavior<ToDispatcher> onAsk(Ask ask) {
    long now = nanoTime.getAsLong();
    long tenth = service.settings().timeout().toNanos() / 10;
    long closes = ask.state().deadlineNanos() - Math.min(tenth, MOST_EARLY_NANOS);
    Ballot ballot = new Ballot(ask, settings, asked++, now, closes);
    Ballot before = ballots.get(ballot.key());
    if (before != null) {
      close(before);
    }
    ballots.put(ballot.key(), ballot);
    for (int i = 0; i < members.size() && !ballot.isOver(); i++) {
      askMember(ballot, i, now);
    }
    if (!ballot.isOver()) {
      lookAt(ballot);
      setAlarm(now);
    }
    return this;
  }

  private void askMember(Ballot ballot, int i, long now) {
    Member member = members.get(i);
    FilterSettings of = member.service().settings();
    member.count(SuspensionCounter.REQUESTED);
    if (!member.isAvailable()) {
      member.count(SuspensionCounter.REFUSED_NO_FILTER);
      vote(ballot, i, Votes.of(of, Undecided.NO_FILTER));
      return;
    }
    long permit = member.service().breaker().permit();
    if (permit == CircuitBreaker.REFUSED) {
      member.count(SuspensionCounter.REFUSED_BREAKER);
      vote(ballot, i, Votes.of(of, Undecided.TIMEOUT));
      return;
    }
    member.count(SuspensionCounter.ACCEPTED);
    long own = now + of.timeout().toNanos();
    long deadline = own - ballot.closesNanos < 0 ? own : ballot.closesNanos;
    ballot.ask(i, permit, deadline);
    SuspendedState state = ballot.ask.state();
    member.tell(
        new Ask(
            new SuspendedState(
                key(i, ballot),
                state.stage(),
                state.nextRule(),
                state.query(),
                state.origin(),
                deadline),
            query,
            true));
  }

  private SuspensionKey key(int member, Ballot ballot) {
    return new SuspensionKey(members.get(member).asyncId(), ballot.key().queryId());
  }

  private Behavior<ToDispatcher> onFromMember(FromMember from) {
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
    Rejection misfit = fit.misfit(decide.verdict(), ballot.ask.state().query());
    if (misfit != null) {
      settle(decide, ResumeResult.rejected(decide.key(), misfit));
      ended.add(decide.key());
      leaveUndecided(ballot, i, Undecided.TIMEOUT);
    } else {
      settle(decide, new ResumeResult(decide.key(), Status.RESUMED));
      Member member = members.get(i);
      member.service().breaker().ended(ballot.takePermit(i), true);
      member.service().verdictLatency().record(nanoTime.getAsLong() - ballot.begunNanos);
      member.count(
          Severity.of(decide.verdict()) == Severity.DROP
              ? SuspensionCounter.DROPPED
              : SuspensionCounter.RESUMED);
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
    Member member = members.get(i);
    CircuitBreaker breaker = member.service().breaker();
    long permit = ballot.takePermit(i);
    if (reason == Undecided.TIMEOUT) {
      member.count(SuspensionCounter.TIMED_OUT);
      breaker.ended(permit, false);
    } else {
      member.count(SuspensionCounter.WITHDRAWN);
      breaker.endedOtherwise(permit);
    }
    vote(ballot, i, Votes.of(member.service().settings(), reason));
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
    Verdict verdict = ballot.tally.cast(i, vote);
    if (verdict != null) {
      service.counters().add(SuspensionCounter.TAGS_LEFT_OUT, ballot.tally.tagsLeftOut());
      close(ballot);
      ballot
          .ask
          .entity()
          .tell(new Decide(ballot.key(), verdict, getContext().getSystem().ignoreRef(), self));
    }
  }

  /** Ends a ballot; who has not voted need not any more. */
  private void close(Ballot ballot) {
    ballot.end();
    ballots.remove(ballot.key(), ballot);
    byTime.remove(ballot);
    for (int i = 0; i < members.size(); i++) {
      if (ballot.waitsFor(i)) {
        Member member = members.get(i);
        member.service().breaker().endedOtherwise(ballot.takePermit(i));
        member.count(SuspensionCounter.NOT_NEEDED);
        forget(ballot, i);
      }
    }
  }

  private void forget(Ballot ballot, int i) {
    SuspensionKey key = key(i, ballot);
    ended.add(key);
    members.get(i).tell(new Ended(key));
  }

  private Behavior<ToDispatcher> onEnded(Ended message) {
    Ballot ballot = ballots.get(message.key());
    if (ballot != null) {
      close(ballot);
    }
    return this;
  }

  private long lookIn(Ballot ballot) {
    return ballot.lookNanos - startNanos;
  }

  private void lookAt(Ballot ballot) {
    ballot.lookNanos = ballot.dueNanos();
    byTime.add(ballot);
  }

  private void setAlarm(long now) {
    if (byTime.isEmpty()) {
      return;
    }
    long next = byTime.first().lookNanos;
    if (!alarmed || next - alarmNanos < 0) {
      alarmed = true;
      alarmNanos = next;
      timers.startSingleTimer(Internal.ALARM, Duration.ofNanos(Math.max(0, next - now)));
    }
  }

  private Behavior<ToDispatcher> onAlarm() {
    alarmed = false;
    long now = nanoTime.getAsLong();
    while (!byTime.isEmpty() && byTime.first().lookNanos - now <= 0) {
      Ballot ballot = Objects.requireNonNull(byTime.pollFirst());
      endOverdue(ballot, now);
      if (!ballot.isOver()) {
        lookAt(ballot);
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

  private Behavior<ToDispatcher> onTick() {
    view.publish(new FilterStatus(0, ballots.size(), List.of()));
    return this;
  }

  /** Whoever sends them takes itself for an instance of the group, which has none. */
  private Behavior<ToDispatcher> onResumes(Resumes resumes) {
    rejections.refuse(resumes);
    return this;
  }

  private Behavior<ToDispatcher> onPeek(Peek peek) {
    List<Waiting> oldest =
        ballots.values().stream().limit(peek.limit()).map(GroupDispatcher::waiting).toList();
    peek.replyTo().tell(new Peeked(ballots.size(), oldest));
    return this;
  }

  private Behavior<ToDispatcher> onDescribe(Describe describe) {
    Ballot ballot = ballots.get(describe.key());
    describe
        .replyTo()
        .tell(
            new Described(describe.key(), ballot == null ? null : waiting(ballot), ballot == null));
    return this;
  }

  private static Waiting waiting(Ballot ballot) {
    return new Waiting(ballot.ask.state(), ballot.ask.entity(), null);
  }
}
