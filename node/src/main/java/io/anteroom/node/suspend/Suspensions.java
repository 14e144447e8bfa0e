// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.suspend;

import io.anteroom.node.cache.VerdictCache;
import io.anteroom.node.filter.CircuitBreaker;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.flow.Continuation;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Resumed;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.SuspendedState;
import io.anteroom.node.flow.SuspensionCommand.Cancel;
import io.anteroom.node.flow.SuspensionCommand.Suspend;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.flow.Undecided;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * The queries that one origin has suspended, with a {@linkplain SuspensionRecords record} of each.
 * For the origin's thread only.
 *
 * <p>It ensures that each suspension ends exactly once: whatever ends it removes the record, and an
 * event that finds no record changes nothing. It recognises retransmissions. It ends suspensions
 * that the cluster has lost: those without word from their entity 250 ms after the deadline.
 */
public final class Suspensions {
  /** The maximum number of suspensions of one query. */
  public static final int MAX_IN_A_ROW = 8;

  /** The time after the deadline at which a suspension without word from its entity is lost. */
  static final Duration GRACE = Duration.ofMillis(250);

  private final Suspender suspender;
  private final ActorRef<OriginCommand> origin;
  private final SuspensionRecords records;
  private @Nullable Place lastPlace;
  private ActorRef<OriginCommand> originAtLastPlace;

  public Suspensions(Suspender suspender, ActorRef<OriginCommand> origin) {
    this.suspender = suspender;
    this.records = new SuspensionRecords(asyncId -> suspender.service(asyncId).isInOrder());
    this.origin = origin;
    this.originAtLastPlace = origin;
  }

  /** Result of a suspend attempt. */
  public enum Attempt {
    /** The query is suspended; {@link Resumed} will follow, unless it is lost. */
    BEGUN(null),
    /** A limit is reached. */
    OVERLOAD(Undecided.OVERLOAD),
    /** Query, answer and operation are together too large for a message to another node. */
    TOO_LARGE(Undecided.OVERLOAD),
    /** No instance is registered, or this node has no shard of its own. */
    NO_FILTER(Undecided.NO_FILTER),
    /**
     * The service's circuit breaker is open, because the service keeps timing out. The policy for
     * timeouts applies.
     */
    CIRCUIT_OPEN(Undecided.TIMEOUT);

    private final @Nullable Undecided refused;

    Attempt(@Nullable Undecided refused) {
      this.refused = refused;
    }

    /** The reason why there will be no verdict; null if the query is suspended. */
    public @Nullable Undecided refused() {
      return refused;
    }

    /** The result for this reason of refusal. */
    static Attempt refused(SuspensionCounter why) {
      return switch (why) {
        case REFUSED_NO_FILTER, REFUSED_NO_HOME -> NO_FILTER;
        case REFUSED_BREAKER -> CIRCUIT_OPEN;
        case REFUSED_TOO_LARGE -> TOO_LARGE;
        default -> OVERLOAD;
      };
    }
  }

  /** The held verdict for this query, which then is not suspended; null if there is none. */
  public @Nullable Verdict held(RuleOutcome.Suspend suspend, Stage stage) {
    Verdict held = suspender.verdicts().get(suspend, stage);
    if (held != null) {
      FilterService service = suspender.service(suspend.asyncId());
      service.counters().increment(SuspensionCounter.VERDICT_CACHE_HITS);
    }
    return held;
  }

  /** Suspends a query at this rule of this stage, if its service and the limits allow it. */
  public Attempt suspend(RuleOutcome.Suspend suspend, Stage stage) {
    Query query = suspend.query();
    FilterService service = suspender.service(suspend.asyncId());
    Place place = suspender.place();
    // Before anything is counted or acquired, because a place that has ended throws.
    ActorRef<OriginCommand> reachableAt = place == null ? origin : originAt(place);
    service.counters().increment(SuspensionCounter.REQUESTED);
    Integer shard = place == null ? null : place.localShards().next();
    SuspensionCounter refused = obstacle(query, service, shard != null);
    if (refused != null || place == null || shard == null) {
      return refuse(service, refused == null ? SuspensionCounter.REFUSED_NO_HOME : refused);
    }
    long permit = service.breaker().permit();
    if (permit == CircuitBreaker.REFUSED) {
      return refuse(service, SuspensionCounter.REFUSED_BREAKER);
    }
    refused = suspender.acquire(service, query);
    if (refused != null) {
      service.breaker().endedOtherwise(permit);
      return refuse(service, refused);
    }
    SuspensionKey key = new SuspensionKey(suspend.asyncId(), suspender.ids().next(shard));
    long now = suspender.nanoTime();
    SuspendedState state =
        new SuspendedState(
            key,
            stage,
            suspend.nextRule(),
            query.suspendedOnceMore(),
            reachableAt,
            origin,
            now + timeout(service, query).toNanos());
    records.add(new SuspensionRecord(state, place, permit, suspend.rule(), now));
    service.counters().increment(SuspensionCounter.ACCEPTED);
    place.tell(new Suspend(state));
    return Attempt.BEGUN;
  }

  /** The timeout of the service, or a shorter one that the query's policy wants. */
  private static Duration timeout(FilterService service, Query query) {
    Duration longest = service.settings().timeout();
    Continuation waiting = query.continuation();
    Duration wanted = waiting == null ? null : waiting.timeout();
    if (wanted == null || wanted.compareTo(longest) >= 0) {
      return longest;
    }
    service.beIrregular();
    return wanted;
  }

  /** A reference to this origin for the members of that place's cluster. */
  private ActorRef<OriginCommand> originAt(Place place) {
    if (place != lastPlace) {
      originAtLastPlace = place.originFor(origin);
      lastPlace = place;
    }
    return originAtLastPlace;
  }

  /**
   * The reason, apart from limits of number and memory and the circuit breaker, why a query can't
   * be suspended; null if there is none.
   */
  static @Nullable SuspensionCounter obstacle(
      Query query, FilterService service, boolean hasLocalShard) {
    if (query.suspensions() >= MAX_IN_A_ROW) {
      return SuspensionCounter.REFUSED_TOO_OFTEN;
    } else if (!MessageSize.fits(query)) {
      return SuspensionCounter.REFUSED_TOO_LARGE;
    } else if (!service.isAvailable()) {
      return SuspensionCounter.REFUSED_NO_FILTER;
    } else if (!hasLocalShard) {
      return SuspensionCounter.REFUSED_NO_HOME;
    }
    return null;
  }

  private static Attempt refuse(FilterService service, SuspensionCounter why) {
    service.counters().increment(why);
    return Attempt.refused(why);
  }

  /** Whether this is a retransmission of a suspended query. */
  public boolean isRepeated(Repetition query) {
    return records.isRepeated(query);
  }

  /** Ends a suspension and returns its state; null if it had ended before. */
  public @Nullable SuspendedState end(Resumed resumed) {
    SuspensionEnd how = SuspensionEnd.of(resumed.decision());
    SuspensionRecord record = end(resumed.key(), how);
    if (record == null) {
      return null;
    }
    Verdict verdict = how.verdict();
    if (verdict != null) {
      onVerdict(record, verdict);
    }
    return record.state;
  }

  private void onVerdict(SuspensionRecord record, Verdict verdict) {
    SuspendedState state = record.state;
    int asyncId = state.key().asyncId();
    FilterService service = suspender.service(asyncId);
    long begun = record.beganNanos;
    service.verdictLatency().record(suspender.nanoTime() - begun);
    if (suspender
        .verdicts()
        .put(state.query(), asyncId, state.stage(), record.rule, verdict, begun)) {
      service.counters().increment(SuspensionCounter.VERDICT_CACHE_INSERTS);
    } else if (VerdictCache.lacksIdentity(state.query(), verdict)) {
      service.counters().increment(SuspensionCounter.VERDICT_CACHE_NO_IDENTITY);
    }
  }

  private @Nullable SuspensionRecord end(SuspensionKey key, SuspensionEnd how) {
    SuspensionRecord record = records.remove(key);
    if (record == null) {
      return null;
    }
    FilterService service = suspender.service(key.asyncId());
    suspender.release(service, record.state.query());
    service.counters().increment(how.counter());
    Duration had = Duration.ofNanos(record.state.deadlineNanos() - record.beganNanos);
    how.tell(service.breaker(), record.permit, had, service.settings().timeout());
    return record;
  }

  /** Ends all suspensions of a connection that has closed, and cancels their entities. */
  public void connectionClosed(long connection) {
    for (SuspensionKey key : records.ofConnection(connection)) {
      cancel(end(key, SuspensionEnd.without(SuspensionCounter.CLIENT_GONE)));
    }
  }

  /**
   * Ends suspensions whose entity has sent nothing 250 ms after the deadline. The caller applies
   * the policy of their service.
   */
  public List<SuspendedState> endLost() {
    long overdue = suspender.nanoTime() - GRACE.toNanos();
    return endAll(SuspensionCounter.LOST, record -> record.state.deadlineNanos() - overdue <= 0)
        .stream()
        .map(record -> record.state)
        .toList();
  }

  /**
   * Ends all suspensions as timed out and cancels their entities: the node is stopping and can't
   * wait longer.
   */
  public List<SuspendedState> endAll() {
    List<SuspensionRecord> all = endAll(SuspensionCounter.TIMED_OUT, record -> true);
    all.forEach(Suspensions::cancel);
    return all.stream().map(record -> record.state).toList();
  }

  private static void cancel(@Nullable SuspensionRecord record) {
    if (record != null) {
      record.place.tell(new Cancel(record.state.key()));
    }
  }

  /**
   * Moves suspended queries from other places to the current one, with the same key and deadline.
   * Their filters are asked again. To be called until it returns false.
   *
   * @param atMost the maximum number of queries to move in this call
   * @return whether there are more
   */
  public boolean move(int atMost) {
    Place here = suspender.place();
    if (here == null || here.localShards().size() == 0) {
      return false;
    }
    List<SuspensionRecord> elsewhere = records.elsewhere(here, atMost + 1);
    elsewhere.stream().limit(atMost).forEach(record -> move(record, here));
    return elsewhere.size() > atMost;
  }

  private void move(SuspensionRecord record, Place to) {
    cancel(record);
    record.state = record.state.withOrigin(originAt(to));
    record.place = to;
    to.tell(new Suspend(record.state));
  }

  private List<SuspensionRecord> endAll(
      SuspensionCounter how, Predicate<SuspensionRecord> overdue) {
    List<SuspensionKey> keys = records.find(overdue);
    SuspensionEnd end = SuspensionEnd.without(how);
    List<SuspensionRecord> ended = new ArrayList<>(keys.size());
    for (SuspensionKey key : keys) {
      SuspensionRecord record = end(key, end);
      if (record != null) {
        ended.add(record);
      }
    }
    return ended;
  }

  /** The number of suspended queries of this origin. */
  public int live() {
    return records.size();
  }
}
