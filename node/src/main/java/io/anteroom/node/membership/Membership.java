// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.membership;

import io.anteroom.node.membership.Standing.State;
import io.anteroom.node.share.Shares;
import io.anteroom.protocol.FilterKeys;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
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
import org.apache.pekko.cluster.ClusterEvent.CurrentClusterState;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Down;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.cluster.typed.JoinSeedNodes;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the node a member of a cluster. It runs on a thread of its own, which may block.
 *
 * <p><b>Joining.</b> A new {@link Generation} finds its cluster by asking the seeds what they are
 * in ({@link Standing}), and decides by {@link JoinPlan}. When queries can be suspended with it, it
 * takes over from the one before; what waited there gets {@value #FINISH_SECONDS} s to be decided,
 * and the rest moves.
 *
 * <p><b>Losing others.</b> Members that cannot be reached from this side are declared dead after a
 * while ({@link LostMembers}), by each side of a partition. The node itself is never ended.
 *
 * <p><b>Finding them again.</b> Seeds and former nodes that are not in the cluster are asked what
 * they are in. If one of them is in another cluster, which knows nothing of this node, the two have
 * to become one: the nodes of the cluster that does not {@linkplain Standing#staysAgainst stay}
 * come over, each with a new generation beside the old one.
 *
 * <p><b>A member that ended</b>, because others declared it dead or for any other reason, is
 * followed by another one: by the {@link Spare} if there is one, else by a new one. Until that can
 * be used, what waits goes on waiting.
 */
public final class Membership extends AbstractBehavior<Membership.Command> {
  /** Declared in this module's reference.conf: a thread that may block. */
  public static final DispatcherSelector DISPATCHER =
      DispatcherSelector.fromConfig("anteroom.membership");

  private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

  private static final Duration TICK = Duration.ofMillis(500);
  private static final int FINISH_SECONDS = 2;

  /** How long a member must be out of reach before it is declared dead. */
  private static final Duration LOST_AFTER = Duration.ofSeconds(7);

  /** How long a generation may take to be ready before the filters that it lacks are given up. */
  private static final Duration FILTERS = Duration.ofSeconds(5);

  /** After which a generation that goes to another cluster and does not get there is given up. */
  private static final Duration MOVE = Duration.ofSeconds(40);

  /** How long a node may take to answer one that wants to join its cluster. */
  private static final Duration JOIN = Duration.ofSeconds(10);

  private static final Duration ASK_EVERY = Duration.ofSeconds(1);

  /** How long a former node that answers no more is asked. */
  private static final Duration FORMER = Duration.ofHours(1);

  private static final int MAX_FORMER = 64;

  private final Parts parts;
  private final LongSupplier nanoTime;
  private final TimerScheduler<Command> timers;
  private final LostMembers<Address> lost = new LostMembers<>(LOST_AFTER);

  /** What others said last, by the address at which they were asked; only while it is new. */
  private final Map<String, Standing> answers = new HashMap<>();

  private final Set<String> asked = new HashSet<>();
  private final Map<String, Long> former = new HashMap<>();
  private Set<Address> membersBefore = Set.of();
  private final Spare spare;
  private @Nullable Generation current;
  private @Nullable Generation next;

  /** Unusable, and not followed yet. */
  private @Nullable Generation abandoned;

  private long nextBegan;
  private long joinBegan;
  private long joinedAt;
  private long nextAsk;
  private boolean joining;
  private boolean toldMissing;
  private boolean whole;
  private boolean leaving;

  /** What it understands. */
  public sealed interface Command extends NoSerializationVerificationNeeded {}

  /** The node ends: leave the cluster. Completes the future when that is done. */
  public record Leave(CompletableFuture<Done> left) implements Command {}

  private enum Tick implements Command {
    TICK,
    START_NEXT
  }

  private record Said(String asked, @Nullable Standing standing) implements Command {}

  private record Ended(Generation generation) implements Command {}

  /** Others have declared it dead, or it has lost its shards; it may still end what it has. */
  private record Unusable(Generation generation) implements Command {}

  private record Finish(Generation old) implements Command {}

  /** A member, in the order of addresses. */
  private record Address(String text, long uid) implements Comparable<Address> {
    @Override
    public int compareTo(Address other) {
      int byText = text.compareTo(other.text);
      return byText != 0 ? byText : Long.compare(uid, other.uid);
    }
  }

  /** Asks a node, at {@code host:port}, what it is in. */
  @FunctionalInterface
  public interface Asker {
    /** Completes with what it says, or fails; never blocks. */
    CompletionStage<byte[]> ask(String address);
  }

  /**
   * What it has to do with.
   *
   * @param self where other members know this node, {@code host:port}
   * @param seeds as they are configured
   * @param first started already
   * @param standing is given what to say to nodes that ask
   * @param moveWaiting has the listeners move what waits to the generation that has taken over
   */
  public record Parts(
      String self,
      List<String> seeds,
      Generation first,
      Generation.Factory generations,
      Asker asker,
      Consumer<byte[]> standing,
      Runnable moveWaiting,
      Shares shares) {}

  private Membership(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Parts parts,
      LongSupplier nanoTime) {
    super(context);
    this.parts = parts;
    this.timers = timers;
    this.nanoTime = nanoTime;
    this.spare = new Spare(parts.generations(), nanoTime);
    follow(parts.first());
    begin(parts.first());
    timers.startTimerWithFixedDelay(Tick.TICK, Duration.ZERO, TICK);
  }

  /** The membership of a node; to run on {@link #DISPATCHER}. */
  public static Behavior<Command> create(Parts parts, LongSupplier nanoTime) {
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
        .onMessageEquals(Tick.START_NEXT, this::onStartNext)
        .onMessage(Said.class, this::onSaid)
        .onMessage(Finish.class, this::onFinish)
        .onMessage(Unusable.class, this::onUnusable)
        .onMessage(Ended.class, this::onEnded)
        .onMessage(Leave.class, this::onLeave)
        .build();
  }

  private void begin(Generation generation) {
    next = generation;
    nextBegan = nanoTime.getAsLong();
    joining = false;
    toldMissing = false;
    answers.clear();
    nextAsk = nextBegan;
    generation.beReached();
    if (abandoned != null) {
      // Others would go on to speak to it, and what they say to this one would go there.
      abandoned.cutOff();
    }
  }

  /** Has the end of a generation told. */
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
      lookAround(current);
      keepSpare(current);
    }
    parts.standing().accept(standing().write());
    if (next != null) {
      bringIn(next);
    }
    askOthers();
    return this;
  }

  private void keepSpare(Generation here) {
    Set<String> nodes = new HashSet<>();
    for (Member member : Cluster.get(here.system()).state().getMembers()) {
      if (member.hasRole(FilterKeys.NODE_ROLE) && !isLeaving(member)) {
        nodes.add(Addresses.text(member.address()));
      }
    }
    Generation started = spare.look(!reachable(here).containsAll(nodes));
    if (started != null) {
      follow(started);
    }
  }

  /** Brings a generation into a cluster, and has it take over when it is ready. */
  private void bringIn(Generation coming) {
    long now = nanoTime.getAsLong();
    if (isUp(coming)) {
      if (joinedAt == 0) {
        joinedAt = now;
        if (current == null) {
          // Operators may change what all share as soon as there is a cluster.
          parts.shares().join(coming.system());
        }
      }
      boolean waited = now - joinedAt >= FILTERS.toNanos();
      if (coming.canSuspend() && (current == null || waited || coming.hasFiltersOf(current))) {
        takeOver(coming);
      }
    } else if (current != null && now - nextBegan >= MOVE.toNanos()) {
      LOG.warn("the node could not join the other cluster, and stays in its own");
      coming.leave();
    } else if (!joining || isStuck(coming, now)) {
      join(coming, Duration.ofNanos(now - nextBegan));
    }
  }

  /** Whether the node that it was to join did not take it, and may have gone. */
  private boolean isStuck(Generation coming, long now) {
    return Cluster.get(coming.system()).selfMember().status() == MemberStatus.removed()
        && now - joinBegan >= JOIN.toNanos();
  }

  private void join(Generation coming, Duration waited) {
    JoinPlan plan = JoinPlan.of(parts.self(), parts.seeds(), others(), waited);
    if (plan instanceof JoinPlan.Join to) {
      joining = true;
      joinBegan = nanoTime.getAsLong();
      Cluster.get(coming.system())
          .manager()
          .tell(new JoinSeedNodes(List.of(Addresses.parse(to.address()))));
    } else if (plan instanceof JoinPlan.Begin && current == null) {
      joining = true;
      Cluster cluster = Cluster.get(coming.system());
      cluster.manager().tell(Join.create(cluster.selfMember().address()));
      tellMissing("begins a cluster without");
    } else if (waited.compareTo(JoinPlan.PATIENCE) > 0) {
      tellMissing("waits for a seed to begin the cluster; no answer from");
    }
  }

  private void tellMissing(String what) {
    List<String> missing = JoinPlan.missing(parts.self(), parts.seeds(), answers);
    if (!toldMissing && !missing.isEmpty()) {
      toldMissing = true;
      LOG.warn("the node {} {}", what, String.join(", ", missing));
    }
  }

  /** What others said, but for those whose cluster this node is about to leave. */
  private Map<String, Standing> others() {
    Map<String, Standing> others = new HashMap<>(answers);
    if (current != null) {
      long uid = uid(current);
      others.values().removeIf(standing -> standing.knows(parts.self(), uid));
    }
    return others;
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
    joinedAt = 0;
    whole = false;
    rememberAll();
    parts.moveWaiting().run();
    if (old == null) {
      return;
    }
    LOG.info("the node has gone over to the cluster of {}", reachable(coming));
    timers.startSingleTimer(new Finish(old), Duration.ofSeconds(FINISH_SECONDS));
  }

  private Behavior<Command> onFinish(Finish finish) {
    finish.old().leave();
    return this;
  }

  private Behavior<Command> onUnusable(Unusable unusable) {
    if (leaving || unusable.generation() != current) {
      return this;
    }
    LOG.warn("other nodes take this one for dead; it goes on alone until it has joined them again");
    abandoned = current;
    current = null;
    rememberAll();
    Generation alone = spare.take();
    if (alone == null) {
      return onStartNext();
    }
    if (next != null) {
      next.leave();
    }
    begin(alone);
    joining = true;
    joinBegan = nextBegan;
    bringIn(alone);
    return this;
  }

  private Behavior<Command> onEnded(Ended ended) {
    spare.ended(ended.generation());
    if (leaving) {
      return this;
    } else if (ended.generation() == next) {
      next = null;
      joining = false;
      joinedAt = 0;
    } else if (ended.generation() == abandoned) {
      abandoned = null;
    } else if (ended.generation() == current) {
      LOG.warn("the node is no longer in its cluster, and joins it again");
      current = null;
      rememberAll();
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

  /** Declares dead whom this side has lost, and remembers which nodes there were. */
  private void lookAround(Generation here) {
    Cluster cluster = Cluster.get(here.system());
    Address self = new Address(parts.self(), uid(here));
    TreeSet<Address> nodes = new TreeSet<>();
    Map<Address, org.apache.pekko.actor.Address> all = new HashMap<>();
    Set<Address> stay = new HashSet<>();
    for (Member member : cluster.state().getMembers()) {
      Address address = new Address(Addresses.text(member.address()), uid(member));
      all.put(address, member.address());
      if (member.hasRole(FilterKeys.NODE_ROLE)) {
        nodes.add(address);
        if (!isLeaving(member)) {
          stay.add(address);
        }
      }
    }
    Map<Address, Set<Address>> observers = Observers.of(here.system(), Address::new);
    for (Address dead : lost.look(self, nodes, observers, nanoTime.getAsLong())) {
      org.apache.pekko.actor.Address address = all.get(dead);
      if (address != null) {
        LOG.warn(
            "{} has been out of reach for {} s and is taken for dead",
            dead.text(),
            LOST_AFTER.toSeconds());
        cluster.manager().tell(new Down(address));
      }
    }
    remember(nodes, stay, observers.keySet());
  }

  private static boolean isLeaving(Member member) {
    return member.status() == MemberStatus.leaving() || member.status() == MemberStatus.exiting();
  }

  /** Keeps the addresses of nodes that are lost, which may come back. */
  private void remember(Set<Address> nodes, Set<Address> stay, Set<Address> unreachable) {
    long now = nanoTime.getAsLong();
    Set<Address> there = new HashSet<>(nodes);
    there.removeAll(unreachable);
    membersBefore.stream()
        .filter(before -> !there.contains(before) && former.size() < MAX_FORMER)
        .forEach(gone -> former.putIfAbsent(gone.text(), now));
    there.forEach(node -> former.remove(node.text()));
    former.values().removeIf(since -> now - since > FORMER.toNanos());
    stay.retainAll(there);
    membersBefore = stay;
    boolean nowWhole = there.size() > 1 && former.isEmpty();
    if (nowWhole && !whole) {
      parts.shares().whole();
    } else if (whole && !former.isEmpty()) {
      parts.shares().apart();
    }
    whole = nowWhole;
  }

  /** Keeps the addresses of all nodes of a cluster that this one is in no more. */
  private void rememberAll() {
    long now = nanoTime.getAsLong();
    for (Address member : membersBefore) {
      if (!member.text().equals(parts.self()) && former.size() < MAX_FORMER) {
        former.putIfAbsent(member.text(), now);
      }
    }
    membersBefore = Set.of();
  }

  private void askOthers() {
    long now = nanoTime.getAsLong();
    if (nowBefore(nextAsk, now)) {
      return;
    }
    nextAsk = now + ASK_EVERY.toNanos();
    Set<String> others = new HashSet<>(parts.seeds());
    others.addAll(former.keySet());
    others.remove(parts.self());
    if (next == null && current != null) {
      reachable(current).forEach(others::remove);
    }
    for (String other : others) {
      if (asked.add(other)) {
        getContext()
            .pipeToSelf(
                parts.asker().ask(other),
                (said, failure) -> new Said(other, failure == null ? Standing.read(said) : null));
      }
    }
  }

  private static boolean nowBefore(long time, long now) {
    return now - time < 0;
  }

  private Behavior<Command> onSaid(Said said) {
    asked.remove(said.asked());
    Standing standing = said.standing();
    if (standing == null || standing.address().equals(parts.self())) {
      answers.remove(said.asked());
      return this;
    }
    answers.put(said.asked(), standing);
    Generation here = current;
    if (!leaving && here != null && next == null && isUp(here) && standing.isUp()) {
      meet(here, standing);
    }
    return this;
  }

  /**
   * Goes over to another cluster, if there is one and it is the one that stays. Not before this
   * node's own cluster has no member of that one any more: two members with one address must not
   * both speak to it.
   */
  private void meet(Generation here, Standing other) {
    if (other.knows(parts.self(), uid(here)) || !other.staysAgainst(standing())) {
      return;
    }
    boolean clear = true;
    Cluster cluster = Cluster.get(here.system());
    for (Member member : cluster.state().getMembers()) {
      if (other.knows(Addresses.text(member.address()), uid(member))) {
        cluster.manager().tell(new Down(member.address()));
        clear = false;
      }
    }
    if (clear) {
      LOG.info("{} is in another cluster; this node goes over to it", other.address());
      onStartNext();
    }
  }

  private Standing standing() {
    Generation here = current;
    if (next != null) {
      return new Standing(parts.self(), here == null ? State.LOOKING : State.MOVING, List.of());
    } else if (here == null || !isUp(here)) {
      return new Standing(parts.self(), State.LOOKING, List.of());
    }
    Set<String> reachable = reachable(here);
    List<Standing.Node> nodes = new ArrayList<>();
    for (Member member : Cluster.get(here.system()).state().getMembers()) {
      if (member.hasRole(FilterKeys.NODE_ROLE)) {
        String address = Addresses.text(member.address());
        nodes.add(new Standing.Node(address, uid(member), reachable.contains(address)));
      }
    }
    return new Standing(parts.self(), State.UP, nodes);
  }

  /** The nodes of its cluster that can be reached. */
  private static Set<String> reachable(Generation generation) {
    CurrentClusterState state = Cluster.get(generation.system()).state();
    Set<String> nodes = new TreeSet<>();
    for (Member member : state.getMembers()) {
      if (member.hasRole(FilterKeys.NODE_ROLE) && !state.getUnreachable().contains(member)) {
        nodes.add(Addresses.text(member.address()));
      }
    }
    return nodes;
  }

  private static boolean isUp(Generation generation) {
    return Cluster.get(generation.system()).selfMember().status().equals(MemberStatus.up());
  }

  private static long uid(Generation generation) {
    return uid(Cluster.get(generation.system()).selfMember());
  }

  private static long uid(Member member) {
    return member.uniqueAddress().longUid();
  }

  private Behavior<Command> onLeave(Leave leave) {
    leaving = true;
    spare.end();
    List<CompletableFuture<Void>> ends = new ArrayList<>();
    for (Generation generation : new Generation[] {current, next, abandoned}) {
      if (generation != null) {
        ends.add(generation.leave().toCompletableFuture());
      }
    }
    CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new))
        .whenComplete((done, failure) -> leave.left().complete(Done.getInstance()));
    return this;
  }
}
