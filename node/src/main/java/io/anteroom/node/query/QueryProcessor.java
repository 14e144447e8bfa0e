// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.cache.AnswerCache;
import io.anteroom.node.flow.Answered;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Refreshed;
import io.anteroom.node.flow.Resumed;
import io.anteroom.node.flow.Resumed.Decided;
import io.anteroom.node.flow.Resumed.NotDecided;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.Rules;
import io.anteroom.node.flow.SuspendedState;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.flow.Undecided;
import io.anteroom.node.flow.Unstored;
import io.anteroom.node.rate.Limits;
import io.anteroom.node.suspend.Suspender;
import io.anteroom.node.suspend.Suspensions;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.ParsedQuery;
import io.anteroom.node.wire.StreamOptions;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.node.zone.LocalData;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Stage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Rcode;

/**
 * Processes the queries of one listener: runs the {@link Pipeline}, carries out its steps, and
 * continues a query when the event that it waits for has come. One for each listener, and for its
 * thread only.
 *
 * <p>An answer is stored in the cache before rules run on it, so an answer that rules made for one
 * client is never served to another. If the response rules run once for each answer, it is stored
 * after them, as they have left it.
 *
 * <p>Each query ends with exactly one call to {@link Replies}: an answer, or none. Until then
 * exactly one part holds it: this class, a suspension (with a record in {@link Suspensions}), or an
 * upstream pool (which replies once, with {@link Answered} or {@link Unanswered}).
 */
public final class QueryProcessor {
  /**
   * The maximum number of suspended queries moved in one call, so that the event loop is busy for a
   * few ms only.
   */
  private static final int MOVED_AT_ONCE = 5_000;

  private final Parts parts;
  private final Recognition recognition;
  private final CountedReplies replies;
  private final Bugs bugs;
  private final AdmissionControl admission;
  private final Suspensions suspensions;
  private final CacheKeeper caching;
  private final Asides asides;
  private final PolicyCalls policies;
  private final Pipeline pipeline;
  private final ChainRunner chains;
  private boolean ending;

  /**
   * Objects that the processors of an event loop share.
   *
   * @param rules the current rules, for new queries
   * @param limits blocks and response rate limiting
   * @param pools the upstream pools of this event loop
   * @param cookies server cookies for clients
   */
  public record Parts(
      Supplier<? extends Rules> rules,
      Limits limits,
      CookieJar cookies,
      Supplier<LocalData> local,
      AnswerCache cache,
      UpstreamPools pools,
      Suspender suspender,
      Outlets outlets,
      Counters<Counter> counters,
      LongSupplier nanoTime) {}

  /** A processor of a listener whose answers have no options of streams. */
  public QueryProcessor(Parts parts, ActorRef<OriginCommand> origin, Replies replies) {
    this(parts, origin, replies, StreamOptions.NONE, Recognition.NONE);
  }

  /** A processor of a listener. */
  public QueryProcessor(
      Parts parts,
      ActorRef<OriginCommand> origin,
      Replies replies,
      StreamOptions options,
      Recognition recognition) {
    this.parts = parts;
    this.recognition = recognition;
    this.replies = new CountedReplies(replies);
    this.bugs = new Bugs(parts.counters(), parts.nanoTime());
    this.admission = new AdmissionControl(parts, this.replies, options);
    this.suspensions = new Suspensions(parts.suspender(), origin);
    this.caching = new CacheKeeper(parts, origin);
    this.asides = new Asides(parts.outlets(), origin, this::onDelayed);
    this.policies =
        new PolicyCalls(
            parts.outlets().loop(), origin, parts.counters(), parts.nanoTime(), this::onPolicy);
    this.pipeline =
        new Pipeline(
            new ClientSteps(
                parts, admission, suspensions, caching, asides, policies, this.replies));
    this.chains = pipeline.chains();
  }

  /** Processes a packet from a client that the ACL allows. */
  public void onPacket(byte[] packet, Client client) {
    long before = replies.given();
    Query query = null;
    try {
      ParsedQuery parsed = WireQuery.parse(packet);
      if (parsed instanceof ParsedQuery.Rejected rejected) {
        onRejected(rejected, client);
        return;
      }
      WireQuery wire = (WireQuery) parsed;
      query = Query.of(wire, recognition.recognize(wire, client), parts.rules().get());
      count(Counter.QUERIES);
      pipeline.begin(query);
    } catch (Throwable e) {
      onBug(e, client, query, before);
    }
  }

  private void onRejected(ParsedQuery.Rejected rejected, Client client) {
    count(
        switch (rejected.reason()) {
          case SHORT -> Counter.QUERY_SHORT;
          case RESPONSE -> Counter.QUERY_RESPONSE;
          case QUESTION_COUNT -> Counter.QUERY_QUESTION_COUNT;
          case OPCODE -> Counter.QUERY_OPCODE;
          case TRANSFER -> Counter.QUERY_TRANSFER;
          case MALFORMED -> Counter.QUERY_MALFORMED;
          case OPT_TWICE -> Counter.QUERY_OPT_TWICE;
          case EDNS_VERSION -> Counter.QUERY_EDNS_VERSION;
          case COOKIE -> Counter.QUERY_COOKIE;
        });
    admission.reject(client, rejected.answer());
  }

  /** Processes the answer of an upstream server. */
  public void onAnswered(Answered answered) {
    long before = replies.given();
    try {
      takeAnswer(answered);
    } catch (Throwable e) {
      onBug(e, answered.query().client(), answered.query(), before);
    }
  }

  private void takeAnswer(Answered answered) {
    Query query = answered.query();
    WireAnswer answer = answered.answer();
    if (!answer.answers(query.wire())) {
      count(Counter.ANSWER_MISMATCH);
      pipeline.onFailed(query, null);
      return;
    }
    Query stale = caching.insteadOf(answered);
    if (stale != null) {
      pipeline.onCached(stale);
      return;
    }
    byte[] message = Answers.adapt(query.wire(), answer);
    Query adapted = query.withAnswer(message);
    if (query.rules().responseOnce() && query.chase() == null) {
      Unstored unstored = new Unstored(answer, answered.askedNanos(), message);
      pipeline.onAnswered(adapted.withUnstored(unstored), false);
      return;
    }
    boolean inserted = caching.insert(answered, message);
    pipeline.onAnswered(adapted, inserted);
  }

  /** Processes the result of a refresh. */
  public void onRefreshed(Refreshed refreshed) {
    caching.onRefreshed(refreshed);
  }

  /**
   * Answers a query that no server answered: with a stale answer if there is one, else with
   * SERVFAIL.
   */
  public void onUnanswered(Unanswered unanswered) {
    goOn(unanswered.query(), () -> goWithout(unanswered));
  }

  private void goWithout(Unanswered unanswered) {
    Query stale = caching.insteadOf(unanswered);
    if (stale != null) {
      pipeline.onCached(stale);
      return;
    }
    count(Counter.FORWARD_FAILED);
    pipeline.onFailed(
        unanswered.query(),
        switch (unanswered.reason()) {
          case TIMEOUT ->
              new ExtendedError(ExtendedError.NO_REACHABLE_AUTHORITY, "no server answered in time");
          case NETWORK ->
              new ExtendedError(ExtendedError.NETWORK_ERROR, "no server could be reached");
          case OVERLOAD ->
              new ExtendedError(ExtendedError.NOT_READY, "too many queries are under way");
        });
  }

  /** Continues a suspended query at the next rule. */
  public void onResumed(Resumed resumed) {
    SuspendedState state = suspensions.end(resumed);
    if (state == null) {
      count(Counter.RESUMED_LATE);
    } else if (resumed.decision() instanceof NotDecided notDecided) {
      onUndecided(state, notDecided.reason(), false);
    } else {
      goOn(state.query(), () -> onDecided(state, (Decided) resumed.decision()));
    }
  }

  private void onDecided(SuspendedState state, Decided decided) {
    Query query = state.query();
    if (decided.byOperator()) {
      chains.onOperator(state.stage(), query, state.nextRule(), decided.verdict());
    } else {
      chains.onVerdict(state.stage(), query, state.nextRule(), decided.verdict());
    }
  }

  private void onUndecided(SuspendedState state, Undecided reason, boolean stopping) {
    int asyncId = state.key().asyncId();
    goOn(
        state.query(),
        () ->
            chains.onUndecided(
                state.stage(), state.query(), state.nextRule(), asyncId, reason, stopping));
  }

  private void onPolicy(PolicyCall call, RuleOutcome outcome) {
    goOn(call.query(), () -> chains.onPolicy(call, outcome));
  }

  private void onDelayed(Stage stage, Query query, int nextRule) {
    goOn(query, () -> chains.run(stage, query, nextRule));
  }

  /**
   * Moves suspended queries to the place of new suspensions. To be called again while it returns
   * true.
   */
  public boolean moveSuspended() {
    return suspensions.move(MOVED_AT_ONCE);
  }

  /**
   * Ends suspensions that were lost in the cluster, as timed out. To be called about every 100 ms.
   * After {@link #endAll} it ends all that have begun since.
   */
  public void endLost() {
    if (ending) {
      endAll();
    }
    for (SuspendedState state : suspensions.endLost()) {
      onUndecided(state, Undecided.TIMEOUT, false);
    }
  }

  /**
   * Continues all delayed queries, and ends all suspensions as timed out, also those that later
   * rules and policies then begin: at once, or in {@link #endLost} if a policy on another thread or
   * the answer of a server comes later.
   */
  public void endAll() {
    ending = true;
    asides.endAll();
    for (int i = 0; i <= Suspensions.MAX_IN_A_ROW && suspensions.live() > 0; i++) {
      for (SuspendedState state : suspensions.endAll()) {
        onUndecided(state, Undecided.TIMEOUT, true);
      }
    }
  }

  /** Ends the suspensions of a closed connection. */
  public void onConnectionClosed(long connection) {
    suspensions.connectionClosed(connection);
  }

  /** The number of suspended queries of this listener. */
  public int suspended() {
    return suspensions.live();
  }

  /** Runs the next step of a query, and ends the query if a bug stops the step. */
  private void goOn(Query query, Runnable next) {
    long before = replies.given();
    try {
      next.run();
    } catch (Throwable e) {
      onBug(e, query.client(), query, before);
    }
  }

  /**
   * Ends a query that a bug has stopped with SERVFAIL, unless it has already ended. Other queries
   * and a drain of the node must not be affected.
   *
   * @param query null if the packet had not been parsed yet
   * @param before the number of ended queries before the step that failed
   */
  private void onBug(Throwable bug, Client client, @Nullable Query query, long before) {
    bugs.met(bug, client);
    if (query != null && replies.given() == before) {
      try {
        admission.answer(query.withAnswer(Answers.rcode(query.wire(), Rcode.SERVFAIL, null)));
      } catch (RuntimeException again) {
        bugs.met(again, client);
      }
    }
    if (replies.given() == before) {
      replies.none(client);
    }
  }

  private void count(Counter counter) {
    parts.counters().increment(counter);
  }
}
