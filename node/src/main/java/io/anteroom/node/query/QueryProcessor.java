// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.cache.AnswerCache;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.Policy;
import io.anteroom.node.flow.Answered;
import io.anteroom.node.flow.Chase;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Outcome;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Refreshed;
import io.anteroom.node.flow.Resumed;
import io.anteroom.node.flow.Resumed.Decided;
import io.anteroom.node.flow.Resumed.NotDecided;
import io.anteroom.node.flow.Rules;
import io.anteroom.node.flow.SuspendedState;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.flow.Undecided;
import io.anteroom.node.rate.Limits;
import io.anteroom.node.suspend.Suspender;
import io.anteroom.node.suspend.Suspensions;
import io.anteroom.node.wire.AliasChain;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.MadeAnswers;
import io.anteroom.node.wire.ParsedQuery;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.node.zone.LocalData;
import io.anteroom.node.zone.LocalOutcome;
import io.anteroom.protocol.Decision;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/**
 * The way of a query, from the packet to the answer. One for each listener, and for its thread
 * alone.
 *
 * <pre>
 * packet -> parse -> [query chain] -> local data? -yes-> [self-answered chain] -> reply
 *                                         | no
 *                                    answer cache -hit-> [cache-hit chain] -> [response chain] -> reply
 *                                         | miss
 *                                    [cache-miss chain] -> upstream pool -> answer cache
 *                                         -> [cache-inserted chain] -> [response chain] -> reply
 * </pre>
 *
 * <p>Any rule of any chain may suspend; the query goes on at the next rule, or as the verdict says.
 * What a rule or a verdict answers in the query and cache-miss chains goes through the
 * self-answered chain; in the others it is sent. The answer cache takes an answer in before any
 * rule has seen it, so what was made for one client is never served to another. When no server has
 * answered, a stale answer of the cache goes on as a hit would ({@link CacheKeeper}).
 *
 * <p>What is made here, by a rule, a verdict or local data, may be an alias whose target nobody has
 * looked up. The target is then looked up in local data, the cache and upstream, without rules, and
 * the answer goes on when it is complete ({@link Chase}).
 *
 * <p>Each query ends in exactly one call to {@link Replies}: an answer or none. Between, it is in
 * one place only: here, suspended (then {@link Suspensions} has a record of it), or with an
 * upstream pool (which says {@link Answered} or {@link Unanswered} once).
 */
public final class QueryProcessor {
  /** How often a verdict may start a query again. */
  private static final int MAX_ROUNDS = 2;

  /** Suspended queries that move in one go, so that an event loop is busy for a few ms only. */
  private static final int MOVED_AT_ONCE = 5_000;

  /** How many targets of aliases are looked up for one query. */
  private static final int MAX_TARGETS = 8;

  private static final ExtendedError NO_VERDICT =
      new ExtendedError(ExtendedError.NOT_READY, "no verdict");

  private final Parts parts;
  private final Suspensions suspensions;
  private final CacheKeeper caching;
  private final Asides asides;
  private final CountedReplies replies;
  private final Bugs bugs;
  private final Gate gate;
  private final Obedience[] obedience =
      Stream.of(Stage.values()).map(Obedience::new).toArray(Obedience[]::new);

  /**
   * What the processors of a loop share.
   *
   * @param rules what queries go through that begin now
   * @param limits of what clients get
   * @param pools the upstream pools of this event loop
   */
  public record Parts(
      Supplier<? extends Rules> rules,
      Limits limits,
      Supplier<LocalData> local,
      AnswerCache cache,
      UpstreamPools pools,
      Suspender suspender,
      Outlets outlets,
      Counters<Counter> counters,
      LongSupplier nanoTime) {}

  public QueryProcessor(Parts parts, ActorRef<OriginCommand> origin, Replies replies) {
    this.parts = parts;
    this.suspensions = new Suspensions(parts.suspender(), origin);
    this.caching = new CacheKeeper(parts, origin);
    this.asides = new Asides(parts.outlets(), origin);
    this.replies = new CountedReplies(replies);
    this.bugs = new Bugs(parts.counters(), parts.nanoTime());
    this.gate = new Gate(parts.limits(), parts.counters(), this.replies);
  }

  /** Takes a packet from a client within the ACL. */
  public void onPacket(byte[] packet, Client client) {
    long before = replies.given();
    Query query = null;
    try {
      ParsedQuery parsed = WireQuery.parse(packet);
      if (parsed instanceof ParsedQuery.Rejected rejected) {
        onRejected(rejected, client);
        return;
      }
      query = Query.of((WireQuery) parsed, client, parts.rules().get());
      begin(query);
    } catch (Throwable e) {
      onBug(e, client, query, before);
    }
  }

  private void begin(Query asked) {
    count(Counter.QUERIES);
    Query query = gate.admit(asked);
    if (query == null) {
      return;
    }
    WireQuery wire = query.wire();
    Client client = query.client();
    if (wire.type() == Type.ANY && client.transport() == Transport.UDP) {
      count(Counter.QUERY_ANY);
      reply(query.withAnswer(Answers.refuseAny(wire)));
    } else if (suspensions.isRepeated(query)) {
      count(Counter.RETRANSMISSIONS);
      replies.none(client);
    } else {
      run(Stage.QUERY, query, 0);
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
        });
    gate.reject(client, rejected.answer());
  }

  /** Runs the rules of a chain from this one on, and what follows the chain. */
  private void run(Stage stage, Query query, int from) {
    Query at = query;
    int rule = from;
    while (true) {
      Outcome outcome = at.rules().run(stage, at, rule);
      if (outcome instanceof Outcome.Next next) {
        follow(stage, next.query());
        return;
      } else if (outcome instanceof Outcome.Answer answer) {
        answer(stage, answer.query(), answer.message());
        return;
      } else if (outcome instanceof Outcome.Drop drop) {
        drop(drop.query());
        return;
      } else if (outcome instanceof Outcome.Aside aside) {
        if (asides.take(aside, stage, () -> later(stage, aside))) {
          return;
        }
        at = aside.query();
        rule = aside.nextRule();
        continue;
      }
      Outcome.Suspend suspend = (Outcome.Suspend) outcome;
      Query next = decide(suspend, stage);
      if (next == null) {
        return;
      }
      at = next;
      rule = suspend.nextRule();
    }
  }

  /** What comes after the last rule of a chain. */
  private void later(Stage stage, Outcome.Aside aside) {
    step(aside.query(), () -> run(stage, aside.query(), aside.nextRule()));
  }

  private void follow(Stage stage, Query query) {
    switch (stage) {
      case QUERY -> lookUp(query);
      case CACHE_MISS -> forward(query);
      case CACHE_HIT, CACHE_INSERTED -> run(Stage.RESPONSE, query, 0);
      case RESPONSE, SELF_ANSWERED -> reply(query);
    }
  }

  /** Takes what a rule or a verdict answers in this stage. */
  private void answer(Stage stage, Query query, byte[] message) {
    boolean early = stage == Stage.QUERY || stage == Stage.CACHE_MISS;
    goOn(query.withAnswer(message), early ? Stage.SELF_ANSWERED : null, 0);
  }

  /**
   * Goes on with an answer that was made here, once it says what its aliases lead to.
   *
   * @param next the chain that it goes through; null if it is sent
   * @param steps how many targets have been looked up for it
   */
  private void goOn(Query answered, @Nullable Stage next, int steps) {
    List<WireName> names = AliasChain.unfinished(answered.wire(), FinalAnswer.message(answered));
    if (!names.isEmpty()) {
      chase(new Chase(answered, next, steps), names);
    } else if (next == null) {
      reply(answered);
    } else {
      run(next, answered, 0);
    }
  }

  private void chase(Chase chase, List<WireName> names) {
    WireQuery wire = chase.query().wire();
    Query target = chase.query().chasing(chase, wire.renamed(names.get(names.size() - 1)));
    if (chase.steps() >= MAX_TARGETS || AliasChain.isEndless(names)) {
      count(Counter.ALIASES_ENDLESS);
      fail(target, null);
    } else {
      count(Counter.ALIASES_FOLLOWED);
      lookUp(target);
    }
  }

  /** Joins the answer to a target with the alias that leads there, and goes on with both. */
  private void join(Chase chase, Query target) {
    Query alias = chase.query();
    byte[] whole =
        AliasChain.join(alias.wire(), FinalAnswer.message(alias), FinalAnswer.message(target));
    Query joined = alias.withAnswer(whole == null ? rcode(alias, Rcode.SERVFAIL, null) : whole);
    ExtendedError own = alias.error();
    goOn(own == null ? joined.withError(target.error()) : joined, chase.next(), chase.steps() + 1);
  }

  /** Goes on with an answer that has just been found, in this chain unless it is for an alias. */
  private void found(Stage stage, Query answered) {
    Chase chase = answered.chase();
    if (chase == null) {
      run(stage, answered, 0);
    } else {
      join(chase, answered);
    }
  }

  /** Goes on with SERVFAIL, as with any answer. */
  private void fail(Query query, @Nullable ExtendedError error) {
    Query failed = query.withAnswer(rcode(query, Rcode.SERVFAIL, error));
    found(Stage.RESPONSE, query.chase() == null ? failed : failed.withError(error));
  }

  /** Asks local data first. */
  private void lookUp(Query query) {
    LocalOutcome local = parts.local().get().find(query);
    if (local instanceof LocalOutcome.Answer answer) {
      count(answer.counter());
      onLocal(query.withAnswer(answer.message()));
    } else if (local instanceof LocalOutcome.Route route && query.pool() == null) {
      count(Counter.LOCAL_ROUTED);
      resolve(query.withPool(route.pool()));
    } else {
      resolve(query);
    }
  }

  private void onLocal(Query answered) {
    Chase chase = answered.chase();
    if (chase == null) {
      goOn(answered, Stage.SELF_ANSWERED, 0);
    } else {
      join(chase, answered);
    }
  }

  private void resolve(Query query) {
    Query cached = caching.hit(query);
    if (cached != null) {
      found(Stage.CACHE_HIT, cached);
    } else if (query.chase() == null) {
      run(Stage.CACHE_MISS, query, 0);
    } else {
      forward(query);
    }
  }

  private void forward(Query query) {
    if (!caching.forward(query)) {
      count(Counter.POOL_GONE);
      fail(query, null);
    }
  }

  /** Takes what an upstream server answered. */
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
      fail(query, null);
      return;
    }
    Query stale = caching.insteadOf(answered);
    if (stale != null) {
      found(Stage.CACHE_HIT, stale);
      return;
    }
    byte[] message = Answers.adapt(query.wire(), answer);
    Stage next = caching.insert(answered, message) ? Stage.CACHE_INSERTED : Stage.RESPONSE;
    found(next, query.withAnswer(message));
  }

  /** Takes what an upstream server answered to nobody but the cache. */
  public void onRefreshed(Refreshed refreshed) {
    caching.onRefreshed(refreshed);
  }

  /** Tells the client that no server answered, unless there is a stale answer. */
  public void onUnanswered(Unanswered unanswered) {
    step(unanswered.query(), () -> goWithout(unanswered));
  }

  private void goWithout(Unanswered unanswered) {
    Query stale = caching.insteadOf(unanswered);
    if (stale != null) {
      found(Stage.CACHE_HIT, stale);
      return;
    }
    count(Counter.FORWARD_FAILED);
    fail(
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

  /** Suspends a query, unless it is decided already; null if it does not go on at the next rule. */
  private @Nullable Query decide(Outcome.Suspend suspend, Stage stage) {
    Verdict held = suspensions.held(suspend, stage);
    if (held != null) {
      return obey(held, stage, suspend.query());
    }
    Undecided refused = suspend(suspend, stage);
    return refused == null || !goesOn(suspend.query(), suspend.asyncId(), refused)
        ? null
        : suspend.query();
  }

  /** Null if the query waits now. */
  private @Nullable Undecided suspend(Outcome.Suspend suspend, Stage stage) {
    return switch (suspensions.suspend(suspend, stage)) {
      case BEGUN -> null;
      case OVERLOAD -> Undecided.OVERLOAD;
      case NO_FILTER -> Undecided.NO_FILTER;
      // It would have timed out, so it is treated as if it had.
      case LEFT_ALONE -> Undecided.TIMEOUT;
    };
  }

  /** Takes a query up again where it was suspended. */
  public void onResumed(Resumed resumed) {
    SuspendedState state = suspensions.end(resumed);
    if (state == null) {
      count(Counter.RESUMED_LATE);
    } else if (resumed.decision() instanceof NotDecided notDecided) {
      onUndecided(state, notDecided.reason());
    } else {
      Verdict verdict = ((Decided) resumed.decision()).verdict();
      step(state.query(), () -> onVerdict(state, verdict));
    }
  }

  /**
   * Has what waits elsewhere wait where queries are suspended now; to be called again while it
   * returns true.
   */
  public boolean moveSuspended() {
    return suspensions.move(MOVED_AT_ONCE);
  }

  /** Ends suspensions that were lost in the cluster. To be called about every 100 ms. */
  public void endLost() {
    for (SuspendedState state : suspensions.endLost()) {
      onUndecided(state, Undecided.TIMEOUT);
    }
  }

  /** Ends all suspensions, as if their time were up. */
  public void endAll() {
    asides.endAll();
    for (SuspendedState state : suspensions.endAll()) {
      onUndecided(state, Undecided.TIMEOUT);
    }
  }

  private void onUndecided(SuspendedState state, Undecided reason) {
    step(
        state.query(),
        () -> {
          if (goesOn(state.query(), state.key().asyncId(), reason)) {
            run(state.stage(), state.query(), state.nextRule());
          }
        });
  }

  private void onVerdict(SuspendedState state, Verdict verdict) {
    Query next = obey(verdict, state.stage(), state.query());
    if (next != null) {
      run(state.stage(), next, state.nextRule());
    }
  }

  /**
   * Does what a verdict says; null if the query does not go on at the next rule. The entity has
   * checked that the verdict fits the query and the node.
   */
  private @Nullable Query obey(Verdict verdict, Stage stage, Query decided) {
    Query query = decided.withTags(verdict.tags()).withError(verdict.error());
    return verdict.decision().accept(obedience[stage.ordinal()], query);
  }

  /** Carries out decisions at one stage; the result is as that of {@link #obey}. */
  private final class Obedience implements Decision.Visitor<Query, Query> {
    private final Stage stage;

    private Obedience(Stage stage) {
      this.stage = stage;
    }

    @Override
    public Query onContinue(Query query) {
      return query;
    }

    @Override
    public @Nullable Query onRcode(Decision.Rcode rcode, Query query) {
      answer(stage, query, MadeAnswers.rcode(query.wire(), rcode.rcode()));
      return null;
    }

    @Override
    public @Nullable Query onAddresses(Decision.Addresses a, Query query) {
      answer(stage, query, Answers.addresses(query.wire(), a.addresses(), a.ttlSeconds(), null));
      return null;
    }

    @Override
    public @Nullable Query onAnswer(Decision.Answer answer, Query query) {
      answer(stage, query, MadeAnswers.message(query.wire(), answer.message()));
      return null;
    }

    @Override
    public @Nullable Query onTruncate(Query query) {
      if (!isUdp(query)) {
        return query;
      }
      answer(stage, query, Answers.truncated(query.wire()));
      return null;
    }

    @Override
    public @Nullable Query onDrop(Query query) {
      drop(query);
      return null;
    }

    @Override
    public @Nullable Query onChangeName(Decision.ChangeName changeName, Query query) {
      return changeName(query, WireName.parse(changeName.name()));
    }

    @Override
    public Query onToPool(Decision.ToPool toPool, Query query) {
      return query.withPool(toPool.pool());
    }

    @Override
    public @Nullable Query onAskAgain(Query query) {
      return askAgain(query, query);
    }

    /** Does not come here, as dispatchers end it; it would change nothing. */
    @Override
    public Query onUndecided(Query query) {
      return query;
    }
  }

  private @Nullable Query changeName(Query query, WireName name) {
    Query renamed = query.renamed(query.wire().renamed(name));
    return query.answer() == null ? renamed : askAgain(query, renamed);
  }

  private @Nullable Query askAgain(Query query, Query again) {
    if (query.rounds() < MAX_ROUNDS) {
      count(Counter.ASKED_AGAIN);
      run(Stage.QUERY, again.startedAgain(), 0);
      return null;
    }
    count(Counter.ASKED_TOO_OFTEN);
    return query;
  }

  /** Applies the policy of a service that did not decide; true if the query goes on. */
  private boolean goesOn(Query query, int asyncId, Undecided reason) {
    FilterSettings settings = parts.suspender().service(asyncId).settings();
    Policy policy =
        switch (reason) {
          case TIMEOUT -> settings.onTimeout();
          case OVERLOAD -> settings.onOverload();
          case NO_FILTER -> settings.onNoFilter();
        };
    switch (policy) {
      case CONTINUE -> {
        return true;
      }
      case SERVFAIL -> reply(query, Rcode.SERVFAIL, NO_VERDICT);
      case REFUSE -> reply(query, Rcode.REFUSED, NO_VERDICT);
      // Without an SOA record, as clients must not keep what a moment of failure brought about.
      case NXDOMAIN -> reply(query, Rcode.NXDOMAIN, NO_VERDICT);
      case DROP -> drop(query);
    }
    return false;
  }

  /** Does what comes next for a query that had been elsewhere. */
  private void step(Query query, Runnable next) {
    long before = replies.given();
    try {
      next.run();
    } catch (Throwable e) {
      onBug(e, query.client(), query, before);
    }
  }

  /**
   * Ends a query that a bug of ours has stopped, unless it was answered before. Neither the other
   * queries of its turn nor a drain must suffer for it.
   *
   * @param query null if it had not been read yet
   */
  private void onBug(Throwable bug, Client client, @Nullable Query query, long before) {
    bugs.met(bug, client);
    if (query != null && replies.given() == before) {
      try {
        reply(query, Rcode.SERVFAIL, null);
      } catch (RuntimeException again) {
        bugs.met(again, client);
      }
    }
    if (replies.given() == before) {
      replies.none(client);
    }
  }

  /** Ends what a closed connection still waited for. */
  public void onConnectionClosed(long connection) {
    suspensions.connectionClosed(connection);
  }

  /** How many queries of this listener wait. */
  public int suspended() {
    return suspensions.live();
  }

  private void reply(Query query, int rcode, @Nullable ExtendedError error) {
    reply(query.withAnswer(rcode(query, rcode, error)));
  }

  private static byte[] rcode(Query query, int rcode, @Nullable ExtendedError error) {
    return Answers.rcode(query.wire(), rcode, error);
  }

  /** Sends the answer that the query has by now, as what the client asked for and can take. */
  private void reply(Query query) {
    gate.answer(query.asked(), query.client(), FinalAnswer.of(query, parts.counters()));
  }

  private static boolean isUdp(Query query) {
    return query.client().transport() == Transport.UDP;
  }

  private void drop(Query query) {
    count(Counter.DROPPED);
    replies.none(query.client());
  }

  private void count(Counter counter) {
    parts.counters().increment(counter);
  }
}
