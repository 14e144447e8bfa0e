// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.Policy;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.flow.Answered;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Outcome;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Resumed;
import io.anteroom.node.flow.Resumed.Decided;
import io.anteroom.node.flow.Resumed.NotDecided;
import io.anteroom.node.flow.SuspendedState;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.flow.Undecided;
import io.anteroom.node.flow.UpstreamCommand;
import io.anteroom.node.flow.UpstreamCommand.Forward;
import io.anteroom.node.rule.Chains;
import io.anteroom.node.suspend.Suspender;
import io.anteroom.node.suspend.Suspensions;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.ParsedQuery;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.node.zone.LocalZones;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/**
 * The way of a query, from the packet to the answer. One for each listener, and for its thread
 * alone.
 *
 * <pre>
 * packet -> parse -> [query chain] -> local data? -yes-> answer
 *                        |                no
 *                     suspend             `-> upstream pool -> answer
 *                        |
 *                 filter ... resumed -> next rule of the chain
 * </pre>
 *
 * <p>Each query ends in exactly one call to {@link Replies}: an answer or none. Between, it is in
 * one place only: here, suspended (then {@link Suspensions} has a record of it), or with an
 * upstream pool (which says {@link Answered} or {@link Unanswered} once).
 */
public final class QueryProcessor {
  private final Parts parts;
  private final Suspensions suspensions;
  private final ActorRef<OriginCommand> origin;
  private final Replies replies;

  /**
   * What the processors of a loop share.
   *
   * @param pools the upstream pools of this event loop, by name
   */
  public record Parts(
      Chains chains,
      LocalZones zones,
      Map<String, ActorRef<UpstreamCommand>> pools,
      Map<String, PoolSettings> poolSettings,
      Suspender suspender,
      Counters<Counter> counters,
      java.util.function.LongSupplier nanoTime) {}

  public QueryProcessor(Parts parts, ActorRef<OriginCommand> origin, Replies replies) {
    this.parts = parts;
    this.suspensions = new Suspensions(parts.suspender(), origin);
    this.origin = origin;
    this.replies = replies;
  }

  /** Takes a packet from a client within the ACL. */
  public void onPacket(byte[] packet, Client client) {
    ParsedQuery parsed = WireQuery.parse(packet);
    if (parsed instanceof ParsedQuery.Rejected rejected) {
      onRejected(rejected, client);
      return;
    }
    count(Counter.QUERIES);
    WireQuery wire = (WireQuery) parsed;
    Query query = Query.of(wire, client);
    if (wire.type() == Type.ANY && client.transport() == Transport.UDP) {
      count(Counter.QUERY_ANY);
      answer(query, Answers.refuseAny(wire));
    } else if (suspensions.isRepeated(query)) {
      count(Counter.RETRANSMISSIONS);
      replies.none(client);
    } else {
      runQueryChain(query, 0);
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
    byte[] answer = rejected.answer();
    if (answer == null) {
      replies.none(client);
    } else {
      count(Counter.ANSWERS);
      replies.answer(client, answer);
    }
  }

  private void runQueryChain(Query query, int from) {
    Query at = query;
    int rule = from;
    while (true) {
      Outcome outcome = parts.chains().query().run(at, rule);
      if (outcome instanceof Outcome.Next next) {
        resolve(next.query());
        return;
      } else if (outcome instanceof Outcome.Answer answer) {
        answer(answer.query(), answer.rcode(), answer.error());
        return;
      } else if (outcome instanceof Outcome.Drop drop) {
        drop(drop.query());
        return;
      }
      Outcome.Suspend suspend = (Outcome.Suspend) outcome;
      Undecided refused = suspend(suspend, Stage.QUERY);
      if (refused == null || !goesOn(suspend.query(), suspend.asyncId(), refused)) {
        return;
      }
      at = suspend.query();
      rule = suspend.nextRule();
    }
  }

  /** Null if the query waits now, or need not. */
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
      onVerdict(state, ((Decided) resumed.decision()).verdict());
    }
  }

  /** Ends suspensions that were lost in the cluster. To be called about every 100 ms. */
  public void endLost() {
    for (SuspendedState state : suspensions.endLost()) {
      onUndecided(state, Undecided.TIMEOUT);
    }
  }

  /** Ends all suspensions, as if their time were up. */
  public void endAll() {
    for (SuspendedState state : suspensions.endAll()) {
      onUndecided(state, Undecided.TIMEOUT);
    }
  }

  private void onUndecided(SuspendedState state, Undecided reason) {
    if (goesOn(state.query(), state.key().asyncId(), reason)) {
      runQueryChain(state.query(), state.nextRule());
    }
  }

  private void onVerdict(SuspendedState state, Verdict verdict) {
    Query query = state.query().withTags(verdict.tags());
    WireQuery wire = query.wire();
    if (verdict instanceof Verdict.Continue) {
      runQueryChain(query, state.nextRule());
    } else if (verdict instanceof Verdict.Rcode rcode) {
      answer(query, rcode.rcode(), rcode.error());
    } else if (verdict instanceof Verdict.Addresses a) {
      answer(query, Answers.addresses(wire, a.addresses(), a.ttlSeconds(), a.error()));
    } else if (verdict instanceof Verdict.Answer message) {
      answer(query, WireAnswer.parse(message.message()));
    } else {
      drop(query);
    }
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
      case SERVFAIL -> answer(query, Rcode.SERVFAIL, notReady());
      case REFUSE -> answer(query, Rcode.REFUSED, notReady());
      case NXDOMAIN -> answer(query, Rcode.NXDOMAIN, notReady());
      case DROP -> drop(query);
    }
    return false;
  }

  private static ExtendedError notReady() {
    return new ExtendedError(ExtendedError.NOT_READY, "no verdict");
  }

  private void resolve(Query query) {
    byte[] local = parts.zones().answer(query.wire());
    if (local != null) {
      count(Counter.LOCAL);
      answer(query, local);
    } else {
      forward(query);
    }
  }

  private void forward(Query query) {
    String chosen = query.pool();
    String name = chosen == null ? PoolSettings.DEFAULT : chosen;
    ActorRef<UpstreamCommand> pool = parts.pools().get(name);
    PoolSettings settings = parts.poolSettings().get(name);
    if (pool == null || settings == null) {
      throw new IllegalStateException("the configuration was checked to have pool " + name);
    }
    count(Counter.FORWARDED);
    long deadline = parts.nanoTime().getAsLong() + settings.deadline().toNanos();
    pool.tell(new Forward(query, deadline, origin));
  }

  /** Passes on what an upstream server answered. */
  public void onAnswered(Answered answered) {
    answer(answered.query(), answered.answer());
  }

  /** Tells the client that no server answered. */
  public void onUnanswered(Unanswered unanswered) {
    count(Counter.FORWARD_FAILED);
    answer(
        unanswered.query(),
        Rcode.SERVFAIL,
        switch (unanswered.reason()) {
          case TIMEOUT ->
              new ExtendedError(ExtendedError.NO_REACHABLE_AUTHORITY, "no server answered in time");
          case NETWORK ->
              new ExtendedError(ExtendedError.NETWORK_ERROR, "no server could be reached");
          case OVERLOAD ->
              new ExtendedError(ExtendedError.NOT_READY, "too many queries are under way");
        });
  }

  /** Ends what a closed connection still waited for. */
  public void onConnectionClosed(long connection) {
    suspensions.connectionClosed(connection);
  }

  /** How many queries of this listener wait. */
  public int suspended() {
    return suspensions.live();
  }

  private void answer(Query query, @Nullable WireAnswer message) {
    if (message == null || !message.answers(query.wire())) {
      count(Counter.ANSWER_MISMATCH);
      answer(query, Rcode.SERVFAIL, null);
    } else {
      answer(query, Answers.adapt(query.wire(), message));
    }
  }

  private void answer(Query query, int rcode, @Nullable ExtendedError error) {
    answer(query, Answers.rcode(query.wire(), rcode, error));
  }

  private void answer(Query query, byte[] message) {
    int limit = query.client().transport() == Transport.UDP ? query.wire().udpLimit() : 0xffff;
    byte[] fitting = Answers.fit(query.wire(), message, limit);
    if (fitting != message) {
      count(Counter.ANSWERS_TRUNCATED);
    }
    count(Counter.ANSWERS);
    replies.answer(query.client(), fitting);
  }

  private void drop(Query query) {
    count(Counter.DROPPED);
    replies.none(query.client());
  }

  private void count(Counter counter) {
    parts.counters().increment(counter);
  }
}
