// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.cache.CachedAnswer;
import io.anteroom.node.cache.VerdictCache;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.ServerText;
import io.anteroom.node.config.Words;
import io.anteroom.node.flow.Effect;
import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.Undecided;
import io.anteroom.node.rate.Block;
import io.anteroom.node.rule.Chains;
import io.anteroom.node.rule.Rule;
import io.anteroom.node.suspend.Suspensions;
import io.anteroom.node.zone.LocalOutcome;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Rcode;

/** Records the steps of one query as text, without effects. For one thread. */
final class TracedSteps implements Steps {
  private final Tracer.Parts parts;
  private final Chains rules;
  private final CacheView cache;
  private final Pipeline pipeline = new Pipeline(this);
  private final List<Tracer.Step> said = new ArrayList<>();
  private @Nullable Waiting waiting;

  /** The point at which the query would be suspended. */
  private record Waiting(RuleOutcome.Suspend suspend, Stage stage) {}

  TracedSteps(Tracer.Parts parts, Chains rules) {
    this.parts = parts;
    this.rules = rules;
    this.cache = new CacheView(parts.cache());
  }

  /** Runs the pipeline for a query, and returns its steps. */
  List<Tracer.Step> take(Query query) {
    pipeline.begin(query);
    for (Waiting now = waiting; now != null; now = waiting) {
      waiting = null;
      RuleOutcome.Suspend suspend = now.suspend();
      Query resumed = suspend.query().suspendedOnceMore();
      pipeline.chains().onVerdict(now.stage(), resumed, suspend.nextRule(), Verdict.proceed());
    }
    return said;
  }

  private void say(String stage, String result) {
    said.add(new Tracer.Step(stage, "", true, result));
  }

  private void say(Stage stage, RuleOutcome.Suspend suspend, String result) {
    String rule = rules.of(stage).rules().get(suspend.rule()).name();
    said.add(new Tracer.Step(stage.word(), rule, true, result));
  }

  @Override
  public @Nullable Block blockOf(Query query) {
    return parts.limits().blockOf(query.client().address().getAddress());
  }

  @Override
  public void tagBlocked(Block block) {
    say(block);
  }

  @Override
  public void endBlocked(Query query, Block block, byte @Nullable [] answer) {
    say(block);
    say("answer", answer == null ? "none" : described(answer));
  }

  private void say(Block block) {
    say(
        "block",
        "%s is blocked by %s: %s".formatted(block.clients(), block.reason(), block.action()));
  }

  @Override
  public void admit(Query query) {}

  @Override
  public void replyToAny(Query answered) {
    say(
        "answer",
        described(FinalAnswer.of(answered))
            + ", HINFO, before any rule, as for all that ask for ANY over UDP (RFC 8482)");
  }

  @Override
  public boolean isRepeated(Query query) {
    return false;
  }

  @Override
  public void ignoreRepeated(Query query) {}

  @Override
  public RuleOutcome run(Stage stage, Query query, int from) {
    return rules.of(stage).trace(query, from, (index, rule, came) -> saw(stage, rule, came));
  }

  private void saw(Stage stage, Rule rule, @Nullable RuleOutcome outcome) {
    // The result of a rule that suspends or runs a policy is known only at the next step.
    if (!(outcome instanceof RuleOutcome.Suspend || outcome instanceof RuleOutcome.CallPolicy)) {
      String result = outcome == null ? "is not for it" : result(outcome);
      said.add(new Tracer.Step(stage.word(), rule.name(), outcome != null, result));
    }
  }

  private static String result(RuleOutcome outcome) {
    if (outcome instanceof RuleOutcome.Answer answer) {
      return "answers, " + described(answer.message());
    } else if (outcome instanceof RuleOutcome.Drop) {
      return "drops it";
    } else if (outcome instanceof RuleOutcome.Aside aside) {
      return done(aside.effect());
    }
    if (outcome instanceof RuleOutcome.EndChain done) {
      return marks(done.query()) + ", after the last rule";
    }
    return marks(((RuleOutcome.Next) outcome).query());
  }

  private static String marks(Query query) {
    StringBuilder marks = new StringBuilder("goes on");
    if (query.pool() != null) {
      marks.append(", pool ").append(query.pool());
    }
    if (!query.tags().isEmpty()) {
      marks.append(", tags ").append(new TreeMap<>(query.tags()));
    }
    if (query.marks().skipCache()) {
      marks.append(", without the cache");
    }
    return marks.toString();
  }

  private static String done(Effect effect) {
    if (effect instanceof Effect.Delay delay) {
      return "would wait for " + Words.of(delay.time());
    }
    if (effect instanceof Effect.Spool spool) {
      return "would be written to a file " + spool.prefix() + "-...";
    }
    return effect instanceof Effect.Tee tee ? "would be copied to " + tee.to() : "would be logged";
  }

  @Override
  public boolean doBesides(RuleOutcome.Aside aside, Stage stage) {
    return false;
  }

  /**
   * A policy is not run, because its code may have effects. The query continues at the next rule.
   */
  @Override
  public RuleOutcome callPolicy(PolicyCall call) {
    String rule = rules.of(call.stage()).rules().get(call.rule()).name();
    String result =
        "would be decided by policy %s; here it goes on".formatted(call.program().name());
    said.add(new Tracer.Step(call.stage().word(), rule, true, result));
    return new RuleOutcome.Next(call.query());
  }

  @Override
  public @Nullable Verdict heldVerdict(RuleOutcome.Suspend suspend, Stage stage) {
    Verdict held = parts.suspender().verdicts().peek(suspend, stage);
    if (held != null) {
      say(
          stage,
          suspend,
          "does not wait, as a verdict of filter %s holds: %s"
              .formatted(filter(suspend.asyncId()).name(), VerdictCache.word(held)));
    }
    return held;
  }

  @Override
  public Suspensions.Attempt suspend(RuleOutcome.Suspend suspend, Stage stage) {
    FilterSettings filter = filter(suspend.asyncId());
    Suspensions.Attempt attempt = parts.suspender().foresee(suspend);
    Undecided refused = attempt.refused();
    if (refused == null) {
      waiting = new Waiting(suspend, stage);
      say(
          stage,
          suspend,
          "would wait for filter %s, at most %s, then %s; here it goes on"
              .formatted(filter.name(), Words.of(filter.timeout()), Words.of(filter.onTimeout())));
    } else {
      say(
          stage,
          suspend,
          "does not wait for filter %s, %s: %s"
              .formatted(
                  filter.name(), why(attempt), Words.of(ChainRunner.policy(filter, refused))));
    }
    return attempt;
  }

  private static String why(Suspensions.Attempt attempt) {
    return switch (attempt) {
      case BEGUN -> "which may decide";
      case OVERLOAD -> "as it has waited too often";
      case TOO_LARGE -> "as it is too large for a message";
      case NO_FILTER -> "as no instance is there";
      case CIRCUIT_OPEN -> "as that keeps timing out";
    };
  }

  @Override
  public FilterSettings filter(int asyncId) {
    return parts.suspender().service(asyncId).settings();
  }

  @Override
  public void startAgain() {
    say("verdict", "starts the query at the first rule again");
  }

  @Override
  public void startNoMore() {
    say("verdict", "would start the query again once too often, so it goes on");
  }

  @Override
  public void restart() {
    say("policy", "sends the query again");
  }

  @Override
  public LocalOutcome lookUpLocally(Query query) {
    LocalOutcome local = parts.local().get().find(query);
    if (local instanceof LocalOutcome.Answer answer) {
      say("local data", described(answer.message()));
    } else if (local instanceof LocalOutcome.Route route) {
      say("local data", "goes to pool " + route.pool());
    } else {
      say("local data", "has nothing");
    }
    return local;
  }

  @Override
  public @Nullable Query lookUpInCache(Query query) {
    long now = parts.nanoTime().getAsLong();
    CachedAnswer found = cache.peek(query, now);
    if (found == null) {
      say("cache", query.marks().skipCache() ? "is left out" : "miss");
      return null;
    }
    Query answered = answered(query, found, CacheView.atOnce(found, now), now);
    if (answered == null) {
      say("cache", "miss, but for a stale answer if the servers fail");
    } else {
      String kind = found.isFresh(now) ? "hit, " : "stale, as the servers have failed of late, ";
      say("cache", kind + described(FinalAnswer.message(answered)));
    }
    return answered;
  }

  private @Nullable Query answered(Query query, CachedAnswer found, CacheView.Use use, long now) {
    return switch (use) {
      case NOTHING -> null;
      case FRESH -> CacheView.fresh(query, found, now);
      case STALE -> cache.stale(query, found);
    };
  }

  @Override
  public boolean forward(Query query) {
    String name = query.poolName();
    UpstreamPools.Pool pool = parts.pools().find(name);
    if (pool == null) {
      say("upstream", "there is no pool " + name + ", which is SERVFAIL");
      return false;
    }
    List<String> servers = pool.settings().servers().stream().map(ServerText::of).toList();
    say("upstream", "pool %s would be asked, servers %s".formatted(name, servers));
    sayWhatReplaces(query, pool.settings().tries().deadline());
    say(
        "answer",
        query.chase() == null
            ? "through the chains %s, which depends on it".formatted(chainsOfAnswers())
            : "the alias with what it leads to, which depends on it");
    return true;
  }

  private String chainsOfAnswers() {
    return rules.responseOnce() ? "response and cache-inserted" : "cache-inserted and response";
  }

  private void sayWhatReplaces(Query query, Duration whole) {
    long now = parts.nanoTime().getAsLong();
    CachedAnswer found = cache.peek(query, now);
    Query answered =
        found == null ? null : answered(query, found, CacheView.insteadOfFailure(found, now), now);
    if (answered != null) {
      say(
          "upstream",
          "if they fail, or take longer than %s: the stale answer, %s, through the chain cache-hit"
              .formatted(
                  Words.of(cache.patience(query, whole)),
                  described(FinalAnswer.message(answered))));
    }
  }

  @Override
  public void followAlias(Query target) {
    say("alias", target.wire().name() + " is looked up too, without rules");
  }

  @Override
  public void leaveAlias(Query target) {
    say("alias", target.wire().name() + " leads back or too far, which is SERVFAIL");
  }

  /** Never taken, because a trace does not ask servers. */
  @Override
  public boolean store(Query answered) {
    return false;
  }

  @Override
  public void reply(Query answered) {
    byte[] whole = FinalAnswer.of(answered);
    int limit = answered.asked().udpLimit();
    say("answer", described(FinalAnswer.fitting(answered, whole, limit)));
  }

  @Override
  public void drop(Query query) {
    say("answer", "none, the query is dropped");
  }

  private static String described(byte[] message) {
    int records = (message[6] & 0xff) << 8 | (message[7] & 0xff);
    return "%s with %d %s"
        .formatted(Rcode.string(message[3] & 0xf), records, records == 1 ? "record" : "records");
  }
}
