// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import io.anteroom.node.cache.AnswerCache;
import io.anteroom.node.cache.VerdictCache;
import io.anteroom.node.config.BlocksSettings;
import io.anteroom.node.config.CacheSettings;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.OwnListeners;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.filter.FilterServices;
import io.anteroom.node.flow.Answered;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.OriginCommand;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Refreshed;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.Rules;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.flow.UpstreamCommand;
import io.anteroom.node.rate.Limits;
import io.anteroom.node.suspend.Suspender;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.Responses;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.zone.LocalData;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;
import org.xbill.DNS.Type;

/**
 * A processor without sockets: its test plays the upstream pools, moves the clock, and may play the
 * rules. Every query goes through {@link #stages}.
 */
final class ProcessorRig {
  static final Client ALICE = client(1);
  static final Client BOB = client(2);

  final Counters<Counter> counters = new Counters<>(Counter.class);
  final List<Stage> stages = new ArrayList<>();
  final AnswerCache cache;
  private final AtomicLong now = new AtomicLong(7_000_000_000L);
  private final Map<String, TestInbox<UpstreamCommand>> pools = new HashMap<>();
  private final Map<Client, List<Message>> answers = new HashMap<>();
  private final QueryProcessor processor;
  private boolean responseOnce;
  private Rules rules = (stage, query, from) -> new RuleOutcome.Next(query);

  ProcessorRig(CacheSettings settings) {
    Map<String, UpstreamPools.Pool> upstreams = new HashMap<>();
    LocalData local = noLocalData();
    Map<String, CacheSettings> caches = new HashMap<>();
    for (String pool : List.of(PoolSettings.DEFAULT, "internal")) {
      TestInbox<UpstreamCommand> inbox = TestInbox.create(pool);
      pools.put(pool, inbox);
      PoolSettings caching = PoolSettings.of(pool, List.of()).withCache(settings);
      upstreams.put(pool, new UpstreamPools.Pool(inbox.getRef(), caching));
      caches.put(pool, settings);
    }
    cache = new AnswerCache(1 << 20, caches, counters, now::get);
    var parts =
        new QueryProcessor.Parts(
            Passing::new,
            new Limits(null, new BlocksSettings(List.of(), List.of()), counters, now::get),
            new CookieJar(null, counters, Clock.systemUTC()),
            () -> local,
            cache,
            upstreams::get,
            new Suspender(
                new FilterServices(List.of()),
                1 << 20,
                new VerdictCache(0, now::get),
                new SecureRandom(),
                now::get),
            new Outlets(
                new EmbeddedChannel().eventLoop(),
                new QueryLog(counters),
                TestSpool.unused(),
                new OwnListeners(List.of()),
                counters),
            counters,
            now::get);
    TestInbox<OriginCommand> origin = TestInbox.create("origin");
    processor = new QueryProcessor(parts, origin.getRef(), new Taken());
  }

  private LocalData noLocalData() {
    try {
      var configuration = TestNode.configuration("special-names = off, zones = []");
      return LocalData.load(configuration.settings(), counters);
    } catch (IOException | InvalidConfiguration e) {
      throw new AssertionError(e);
    }
  }

  /** The rules, which the rig watches. */
  private final class Passing implements Rules {
    @Override
    public RuleOutcome run(Stage stage, Query query, int from) {
      stages.add(stage);
      return rules.run(stage, query, from);
    }

    @Override
    public boolean responseOnce() {
      return responseOnce;
    }
  }

  private static Client client(int number) {
    return new Client(new InetSocketAddress("127.0.0." + number, 40_000), Transport.UDP, 0);
  }

  ProcessorRig withRules(Rules others) {
    rules = others;
    return this;
  }

  ProcessorRig withResponseOnce() {
    responseOnce = true;
    return this;
  }

  void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  void pass(long seconds) {
    pass(Duration.ofSeconds(seconds));
  }

  /** A client asks for the A records of a name, with EDNS. */
  void ask(Client client, String name) {
    processor.onPacket(DnsMessages.ednsQuery(1, name, Type.A, 1232), client);
  }

  /** Asks what must be answered at once. */
  Message askCached(Client client, String name) {
    ask(client, name);
    return answer(client);
  }

  /** Asks, has the default pool answer, and returns the answer. */
  Message askServer(Client client, String name, Message said) {
    ask(client, name);
    answered(forwarded(), said);
    return answer(client);
  }

  /** The one answer that the client has got since the last time. */
  Message answer(Client client) {
    List<Message> all = answers.getOrDefault(client, List.of());
    if (all.size() != 1) {
      throw new AssertionError("answers to " + client.address() + ": " + all);
    }
    answers.remove(client);
    return all.get(0);
  }

  boolean isAnswered(Client client) {
    return answers.containsKey(client);
  }

  /** The one query that the default pool has got since the last time. */
  UpstreamCommand.Forward forwarded() {
    return forwarded(PoolSettings.DEFAULT);
  }

  UpstreamCommand.Forward forwarded(String pool) {
    return (UpstreamCommand.Forward) received(pool);
  }

  UpstreamCommand.Refresh refresh() {
    return (UpstreamCommand.Refresh) received(PoolSettings.DEFAULT);
  }

  private UpstreamCommand received(String pool) {
    return pools.get(pool).receiveMessage();
  }

  boolean isIdle() {
    return pools.values().stream().noneMatch(TestInbox::hasMessages);
  }

  /** How long the pool has for a query. */
  Duration timeLeft(long deadlineNanos) {
    return Duration.ofNanos(deadlineNanos - now.get());
  }

  void answered(UpstreamCommand.Forward forward, Message said) {
    processor.onAnswered(new Answered(forward.query(), Responses.wire(said), now.get()));
  }

  void unanswered(UpstreamCommand.Forward forward, Unanswered.Reason reason) {
    processor.onUnanswered(new Unanswered(forward.query(), reason));
  }

  void refreshed(UpstreamCommand.Refresh refresh, @Nullable Message said) {
    processor.onRefreshed(
        new Refreshed(refresh, said == null ? null : Responses.wire(said), now.get()));
  }

  long count(Counter counter) {
    return counters.get(counter);
  }

  private final class Taken implements Replies {
    @Override
    public void answer(Client client, byte[] message) {
      answers.computeIfAbsent(client, c -> new ArrayList<>()).add(DnsMessages.parse(message));
    }

    @Override
    public void none(Client client) {}
  }
}
