// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.cache.AnswerCache;
import io.anteroom.node.cache.CachedAnswer;
import io.anteroom.node.config.BlockAction;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.Netmask;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerText;
import io.anteroom.node.config.Words;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.filter.FilterServices;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Effect;
import io.anteroom.node.flow.Outcome;
import io.anteroom.node.flow.Query;
import io.anteroom.node.rate.Block;
import io.anteroom.node.rate.Limits;
import io.anteroom.node.rule.Chains;
import io.anteroom.node.rule.Rule;
import io.anteroom.node.wire.AliasChain;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.node.zone.LocalData;
import io.anteroom.node.zone.LocalOutcome;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/**
 * Shows the way that a query would go, rule by rule, without sending it: no filter and no server is
 * asked, nothing is counted, and nobody is answered. Where it would wait for a filter it goes on as
 * if that had said continue; where servers would be asked it ends, as nobody knows what they say.
 * Safe for any thread.
 */
public final class Tracer {
  private final Parts parts;

  /**
   * What a tracer looks at.
   *
   * @param pools as any event loop asks them
   */
  public record Parts(
      Supplier<List<Netmask>> acl,
      Limits limits,
      Supplier<Chains> rules,
      Supplier<LocalData> local,
      AnswerCache cache,
      UpstreamPools pools,
      FilterServices services,
      LongSupplier nanoTime) {}

  /**
   * What happened on the way.
   *
   * @param stage that of the chain; or {@code acl}, {@code block}, {@code local data}, {@code
   *     cache}, {@code upstream}, {@code answer}
   * @param rule its name; empty for what is no rule
   * @param matched whether the rule was for the query; true for what is no rule
   */
  public record Step(String stage, String rule, boolean matched, String result) {}

  public Tracer(Parts parts) {
    this.parts = parts;
  }

  /** The way of this query from this client. */
  public List<Step> trace(WireQuery wire, Client client) {
    Chains rules = parts.rules().get();
    Walk walk = new Walk(rules);
    if (Netmask.anyContains(parts.acl().get(), client.address().getAddress())) {
      walk.enter(Query.of(wire, client, rules));
    } else {
      walk.add("acl", "the client is none of those who may ask, and gets no answer");
    }
    return walk.steps;
  }

  /** One query on its way. */
  private final class Walk {
    private final List<Step> steps = new ArrayList<>();
    private final Chains rules;

    Walk(Chains rules) {
      this.rules = rules;
    }

    /** As {@link Gate} and {@link QueryProcessor} do before any rule. */
    void enter(Query query) {
      boolean udp = query.client().transport() == Transport.UDP;
      Block block = parts.limits().blockOf(query.client().address().getAddress());
      if (block != null) {
        add(
            "block",
            "%s is blocked by %s: %s".formatted(block.clients(), block.reason(), block.action()));
      }
      BlockAction.Kind kind = block == null ? null : block.action().kind();
      boolean ends = kind != null && kind != BlockAction.Kind.SET_TAG;
      if (ends && (udp || kind != BlockAction.Kind.TRUNCATE)) {
        return;
      }
      if (udp && query.wire().type() == Type.ANY) {
        add("answer", "HINFO, before any rule, as for all that ask for ANY over UDP (RFC 8482)");
        return;
      }
      run(Stage.QUERY, block == null ? query : query.withTags(block.action().tags()));
    }

    void run(Stage stage, Query query) {
      Query at = query;
      int from = 0;
      while (true) {
        Outcome outcome =
            rules.of(stage).trace(at, from, (index, rule, came) -> saw(stage, rule, came));
        if (outcome instanceof Outcome.Suspend suspend) {
          at = suspend.query();
          from = suspend.nextRule();
          continue;
        }
        end(stage, outcome);
        return;
      }
    }

    private void end(Stage stage, Outcome outcome) {
      if (outcome instanceof Outcome.Next next) {
        follow(stage, next.query());
      } else if (outcome instanceof Outcome.Answer answer) {
        Query answered = answer.query().withAnswer(answer.message());
        if (stage == Stage.QUERY || stage == Stage.CACHE_MISS) {
          run(Stage.SELF_ANSWERED, answered);
        } else {
          answered(answered);
        }
      } else {
        add("answer", "none, the query is dropped");
      }
    }

    private void saw(Stage stage, Rule rule, @Nullable Outcome outcome) {
      steps.add(
          new Step(
              stage.word(),
              rule.name(),
              outcome != null,
              outcome == null ? "is not for it" : result(outcome)));
    }

    private void follow(Stage stage, Query query) {
      switch (stage) {
        case QUERY -> lookUp(query);
        case CACHE_MISS -> forward(query);
        case CACHE_HIT, CACHE_INSERTED -> run(Stage.RESPONSE, query);
        case RESPONSE, SELF_ANSWERED -> answered(query);
      }
    }

    private void lookUp(Query query) {
      LocalOutcome local = parts.local().get().find(query);
      if (local instanceof LocalOutcome.Answer answer) {
        add("local data", described(answer.message()));
        run(Stage.SELF_ANSWERED, query.withAnswer(answer.message()));
        return;
      }
      Query routed = query;
      if (local instanceof LocalOutcome.Route route && query.pool() == null) {
        add("local data", "goes to pool " + route.pool());
        routed = query.withPool(route.pool());
      } else {
        add("local data", "has nothing");
      }
      resolve(routed);
    }

    private void resolve(Query query) {
      long now = parts.nanoTime().getAsLong();
      CachedAnswer cached =
          query.marks().skipCache() ? null : parts.cache().find(poolOf(query), query.wire(), now);
      if (cached != null && cached.isFresh(now)) {
        byte[] message = cached.answer(query.wire(), now);
        add("cache", "hit, " + described(message));
        run(Stage.CACHE_HIT, query.withCachedAnswer(message));
        return;
      }
      add(
          "cache",
          query.marks().skipCache()
              ? "is left out"
              : cached == null ? "miss" : "miss, but for a stale answer if the servers fail");
      run(Stage.CACHE_MISS, query);
    }

    private void forward(Query query) {
      String name = poolOf(query);
      UpstreamPools.Pool pool = parts.pools().find(name);
      if (pool == null) {
        add("upstream", "there is no pool " + name + ", which is SERVFAIL");
        return;
      }
      List<String> servers = pool.settings().servers().stream().map(ServerText::of).toList();
      add("upstream", "pool %s would be asked, servers %s".formatted(name, servers));
      add("answer", "through the chains cache-inserted and response, which depends on it");
    }

    private void answered(Query query) {
      byte[] message = query.answer();
      add("answer", message == null ? "none" : described(message));
      List<WireName> names =
          message == null ? List.of() : AliasChain.unfinished(query.wire(), message);
      if (!names.isEmpty()) {
        add(
            "answer",
            names.get(names.size() - 1) + " would be looked up, without rules, and added");
      }
    }

    void add(String stage, String result) {
      steps.add(new Step(stage, "", true, result));
    }
  }

  private static String poolOf(Query query) {
    String chosen = query.pool();
    return chosen == null ? PoolSettings.DEFAULT : chosen;
  }

  private static String described(byte[] message) {
    int records = (message[6] & 0xff) << 8 | (message[7] & 0xff);
    return "%s with %d %s"
        .formatted(Rcode.string(message[3] & 0xf), records, records == 1 ? "record" : "records");
  }

  private String result(Outcome outcome) {
    if (outcome instanceof Outcome.Suspend suspend) {
      return waits(suspend);
    } else if (outcome instanceof Outcome.Answer answer) {
      return "answers, " + described(answer.message());
    } else if (outcome instanceof Outcome.Drop) {
      return "drops it";
    } else if (outcome instanceof Outcome.Aside aside) {
      return done(aside.effect());
    }
    Query query = ((Outcome.Next) outcome).query();
    StringBuilder marks = new StringBuilder("goes on");
    if (query.pool() != null) {
      marks.append(", pool ").append(query.pool());
    }
    if (!query.tags().isEmpty()) {
      marks.append(", tags ").append(new java.util.TreeMap<>(query.tags()));
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
    return effect instanceof Effect.Tee tee ? "would be copied to " + tee.to() : "would be logged";
  }

  private String waits(Outcome.Suspend suspend) {
    FilterService service = parts.services().get(suspend.asyncId());
    if (service == null) {
      return "would wait for service " + suspend.asyncId();
    }
    FilterSettings settings = service.settings();
    String next =
        service.isAvailable()
            ? "at most %s, then %s"
                .formatted(Words.of(settings.timeout()), Words.of(settings.onTimeout()))
            : "but no instance is there: " + Words.of(settings.onNoFilter());
    return "would wait for filter %s, %s; here it goes on".formatted(settings.name(), next);
  }
}
