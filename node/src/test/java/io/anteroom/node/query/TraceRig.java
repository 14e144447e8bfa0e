// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.cache.AnswerCache;
import io.anteroom.node.cache.VerdictCache;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.config.OwnListeners;
import io.anteroom.node.filter.CircuitBreaker;
import io.anteroom.node.filter.FilterService;
import io.anteroom.node.filter.FilterServices;
import io.anteroom.node.filter.PlayedAvailability;
import io.anteroom.node.flow.Answered;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Refreshed;
import io.anteroom.node.flow.Resumed;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.Rules;
import io.anteroom.node.flow.SuspendedState;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.flow.UpstreamCommand;
import io.anteroom.node.rate.Block;
import io.anteroom.node.rate.BlockedClients;
import io.anteroom.node.rate.Limits;
import io.anteroom.node.rule.Chains;
import io.anteroom.node.rule.Rule;
import io.anteroom.node.suspend.ScriptedPlace;
import io.anteroom.node.suspend.Suspender;
import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.node.zone.LocalData;
import io.anteroom.protocol.Stage;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Rcode;

/**
 * A processor and a tracer of one configuration, with all that is theirs but sockets and a cluster:
 * its test moves the clock, and plays the servers and the filters. Every rule that was for a query
 * is noted in its order.
 */
final class TraceRig {
  private static final Pattern ASKED = Pattern.compile("pool (\\S+) would be asked.*");
  private static final Pattern STALE = Pattern.compile("if they fail.* answer, (.*), through.*");
  private static final Pattern ANSWER = Pattern.compile("([A-Z]+ with [0-9]+ records?).*");

  private final AtomicLong now = new AtomicLong(7_000_000_000L);
  private final Counters<Counter> counters = new Counters<>(Counter.class);
  private final Map<Integer, FilterService> services = new HashMap<>();
  private final List<CircuitBreaker> leftAlone = new ArrayList<>();
  private final Map<String, TestInbox<UpstreamCommand>> pools = new LinkedHashMap<>();
  private final ScriptedPlace place = new ScriptedPlace();
  private final Chains chains;
  private final AnswerCache cache;
  private final VerdictCache verdicts = new VerdictCache(1 << 20, now::get);
  private final QueryProcessor processor;
  private final Tracer tracer;

  private final List<String> matched = new ArrayList<>();
  private @Nullable String end;
  private @Nullable String insteadOfServers;
  private UpstreamCommand.@Nullable Forward forward;

  /**
   * The way of a query, as far as nobody else has a say.
   *
   * @param rules those that were for it, as {@code stage/name}
   * @param end the answer, {@code none}, or {@code asks} and a pool
   * @param stale the answer if the servers fail; null if there is none, or no server is asked
   */
  record Way(List<String> rules, String end, @Nullable String stale) {}

  /** A filter, as its node sees it. */
  enum Filter {
    DECIDES,
    AWAY,
    CIRCUIT_OPEN
  }

  TraceRig(NodeConfiguration configuration, Map<String, Filter> filters, List<Block> blocks) {
    NodeSettings settings = configuration.settings();
    chains = configuration.chains();
    cache = new AnswerCache(1 << 20, settings.caches(), counters, now::get);
    settings
        .filters()
        .forEach((name, filter) -> add(new FilterService(filter, now::get), name, filters));
    Map<String, UpstreamPools.Pool> upstreams = new HashMap<>();
    settings
        .upstreams()
        .forEach(
            (name, pool) -> {
              TestInbox<UpstreamCommand> inbox = TestInbox.create(name);
              pools.put(name, inbox);
              upstreams.put(name, new UpstreamPools.Pool(inbox.getRef(), pool));
            });
    Suspender suspender =
        new Suspender(
            new FilterServices(services.values()), 1 << 30, verdicts, new SecureRandom(), now::get);
    place.use(suspender);
    Limits limits = new Limits(null, settings.blocks(), counters, now::get);
    BlockedClients.set(limits, blocks);
    LocalData local = local(settings);
    TestInbox<OriginCommand> origin = TestInbox.create("origin");
    processor =
        new QueryProcessor(
            new QueryProcessor.Parts(
                Noted::new,
                limits,
                new CookieJar(null, counters, Clock.systemUTC()),
                () -> local,
                cache,
                upstreams::get,
                suspender,
                new Outlets(
                    new EmbeddedChannel().eventLoop(),
                    new QueryLog(counters),
                    TestSpool.unused(),
                    new OwnListeners(List.of()),
                    counters),
                counters,
                now::get),
            origin.getRef(),
            new Taken());
    tracer =
        new Tracer(
            new Tracer.Parts(
                settings::acl,
                limits,
                () -> chains,
                () -> local,
                cache,
                upstreams::get,
                suspender,
                now::get));
  }

  private LocalData local(NodeSettings settings) {
    try {
      return LocalData.load(settings, counters);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void add(FilterService service, String name, Map<String, Filter> filters) {
    services.put(service.settings().asyncId(), service);
    Filter filter = filters.getOrDefault(name, Filter.DECIDES);
    PlayedAvailability.set(service, filter != Filter.AWAY);
    if (filter == Filter.CIRCUIT_OPEN) {
      leftAlone.add(service.breaker());
    }
  }

  void pass(Duration time) {
    now.addAndGet(time.toNanos());
    for (CircuitBreaker breaker : leftAlone) {
      while (!breaker.wouldRefuse()) {
        breaker.ended(breaker.permit(), false);
      }
    }
  }

  /** The way that the tracer shows. */
  List<Tracer.Step> trace(byte[] query, Client client) {
    return tracer.trace((WireQuery) WireQuery.parse(query), client);
  }

  static Way way(List<Tracer.Step> steps) {
    List<String> rules =
        steps.stream()
            .filter(step -> step.matched() && !step.rule().isEmpty())
            .map(step -> step.stage() + "/" + step.rule())
            .toList();
    Tracer.Step last = steps.get(steps.size() - 1);
    String asked = found(steps, "upstream", ASKED);
    return new Way(
        rules,
        asked == null ? end(last.result()) : "asks " + asked,
        found(steps, "upstream", STALE));
  }

  private static String end(String result) {
    Matcher answer = ANSWER.matcher(result);
    return answer.matches() ? answer.group(1) : result.substring(0, 4);
  }

  private static @Nullable String found(List<Tracer.Step> steps, String stage, Pattern pattern) {
    return steps.stream()
        .filter(step -> step.stage().equals(stage))
        .map(step -> pattern.matcher(step.result()))
        .filter(Matcher::matches)
        .map(matcher -> matcher.group(1))
        .findFirst()
        .orElse(null);
  }

  /**
   * The way that a query takes until a server is asked, or it ends.
   *
   * @param filters what they say to a query that waits
   */
  Way ask(byte[] query, Client client, Function<SuspendedState, Resumed.Decision> filters) {
    matched.clear();
    end = null;
    processor.onPacket(query, client);
    UpstreamCommand.Forward sent = hear(filters);
    String asked = sent == null ? end : "asks " + sent.query().poolName();
    return new Way(List.copyOf(matched), String.valueOf(asked), null);
  }

  /** Has filters decide until none is asked; what a server is asked then, or null. */
  private UpstreamCommand.@Nullable Forward hear(
      Function<SuspendedState, Resumed.Decision> filters) {
    for (SuspendedState state = place.next(); state != null; state = place.next()) {
      processor.onResumed(new Resumed(state.key(), filters.apply(state)));
    }
    forward = null;
    pools.values().forEach(pool -> pool.getAllReceived().forEach(this::take));
    return forward;
  }

  private void take(UpstreamCommand command) {
    if (command instanceof UpstreamCommand.Forward asked) {
      forward = asked;
    } else if (command instanceof UpstreamCommand.Refresh refresh) {
      processor.onRefreshed(new Refreshed(refresh, null, now.get()));
    }
  }

  /**
   * Has the servers answer what they are asked, until the query ends.
   *
   * @param servers what they say; null if they do not
   * @return the stale answer that the cache gave instead of the first answer of theirs, or null
   */
  @Nullable String goOn(
      Function<Query, @Nullable WireAnswer> servers,
      Function<SuspendedState, Resumed.Decision> filters) {
    String first = null;
    boolean isFirst = true;
    for (UpstreamCommand.Forward asked = forward; asked != null; asked = hear(filters)) {
      insteadOfServers = null;
      WireAnswer answer = servers.apply(asked.query());
      if (answer == null) {
        processor.onUnanswered(new Unanswered(asked.query(), Unanswered.Reason.NETWORK));
      } else {
        processor.onAnswered(new Answered(asked.query(), answer, now.get()));
      }
      first = isFirst ? insteadOfServers : first;
      isFirst = false;
    }
    return first;
  }

  /** Whether the query has ended. */
  boolean hasEnded() {
    return end != null;
  }

  /** All that somebody could see of what has happened so far. */
  String seen() {
    Map<Counter, Long> counted = new EnumMap<>(Counter.class);
    for (Counter counter : Counter.values()) {
      counted.put(counter, counters.get(counter));
    }
    List<Object> all = new ArrayList<>(List.of(counted));
    for (FilterService service : services.values()) {
      for (SuspensionCounter counter : SuspensionCounter.values()) {
        all.add(service.counters().get(counter));
      }
      all.add(service.breaker().state());
    }
    for (Stage stage : Stage.values()) {
      chains.of(stage).rules().forEach(rule -> all.add(rule.hits()));
    }
    cache.list(1_000).forEach(all::add);
    verdicts.list(1_000, name -> true).forEach(all::add);
    pools.values().forEach(pool -> all.add(pool.hasMessages()));
    return all.toString();
  }

  private static String described(byte[] message) {
    int records = (message[6] & 0xff) << 8 | (message[7] & 0xff);
    return Rcode.string(message[3] & 0xf)
        + " with "
        + records
        + (records == 1 ? " record" : " records");
  }

  /** Notes which rules were for a query, by their hits. */
  private final class Noted implements Rules {
    @Override
    public RuleOutcome run(Stage stage, Query query, int from) {
      if (stage == Stage.CACHE_HIT && from == 0) {
        byte[] answer = query.answer();
        insteadOfServers = answer == null ? "no answer" : described(answer);
      }
      List<Rule> rules = chains.of(stage).rules();
      List<Long> before = rules.stream().map(Rule::hits).toList();
      RuleOutcome outcome = chains.run(stage, query, from);
      for (int i = 0; i < rules.size(); i++) {
        if (rules.get(i).hits() > before.get(i)) {
          matched.add(stage.word() + "/" + rules.get(i).name());
        }
      }
      return outcome;
    }

    @Override
    public int generation() {
      return chains.generation();
    }
  }

  private final class Taken implements Replies {
    @Override
    public void answer(Client client, byte[] message) {
      end(described(message));
    }

    @Override
    public void none(Client client) {
      end("none");
    }

    private void end(String how) {
      if (end != null) {
        throw new AssertionError("a query has ended twice: " + end + ", " + how);
      }
      end = how;
    }
  }
}
