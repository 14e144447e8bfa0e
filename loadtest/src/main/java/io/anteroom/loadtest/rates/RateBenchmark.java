// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest.rates;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.Rules;
import io.anteroom.node.rate.Block;
import io.anteroom.node.rate.Limits;
import io.anteroom.node.rate.RrlDecision;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** One query at a time, from 16,384 clients in turn, each for a name of its own. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RateBenchmark {
  private static final int CLIENTS = 1 << 14;

  private final Query[] queries = new Query[CLIENTS];
  private final byte[][] answers = new byte[CLIENTS][];
  private final Rules all = rules("all");
  private final Rules clientRate = rules("{ client-rate.above = 50 }");
  private final Rules nameRate = rules("{ name-rate { above = 50, labels = 2 } }");
  private final Limits limits = limits("exempt = []");
  private final Limits counting = limits("exempt = []", "query-rate.above = 1000000");
  private int next;

  private static Rules rules(String match) {
    return configuration("rules.query = [ { match = " + match + ", action = continue } ]").chains();
  }

  private static Limits limits(String responses, String... measures) {
    String rules =
        measures.length == 0 ? "" : "{ name = r, window = 1s, %s }".formatted(measures[0]);
    NodeSettings settings =
        configuration(
                "response-rate-limit { %s }, blocks.rules = [ %s ]".formatted(responses, rules))
            .settings();
    return new Limits(
        settings.responseLimit(),
        settings.blocks(),
        new Counters<>(Counter.class),
        System::nanoTime);
  }

  private static NodeConfiguration configuration(String settings) {
    try {
      return NodeConfiguration.parse("anteroom { " + settings + " }");
    } catch (InvalidConfiguration e) {
      throw new IllegalStateException(e);
    }
  }

  /** Makes the queries, and answers without records. */
  @Setup(Level.Trial)
  public void fill() {
    for (int i = 0; i < CLIENTS; i++) {
      Name name = Name.fromConstantString("www." + i + ".example.");
      Message message = Message.newQuery(Record.newRecord(name, Type.A, DClass.IN));
      WireQuery wire = (WireQuery) WireQuery.parse(message.toWire());
      InetAddress address = Addresses.literal("10.0." + i / 256 + "." + i % 256);
      Client client = new Client(new InetSocketAddress(address, 5353), Transport.UDP, 0);
      queries[i] = Query.of(wire, client, Rules.NONE);
      answers[i] = Answers.addresses(wire, List.of(address), 60, null);
    }
  }

  private int next() {
    next = next + 7919 & CLIENTS - 1;
    return next;
  }

  private static InetAddress address(Query query) {
    return query.client().address().getAddress();
  }

  /** What the others are to be compared with. */
  @Benchmark
  public RuleOutcome ruleForAll() {
    return all.run(Stage.QUERY, queries[next()], 0);
  }

  @Benchmark
  public RuleOutcome ruleByClientRate() {
    return clientRate.run(Stage.QUERY, queries[next()], 0);
  }

  @Benchmark
  public RuleOutcome ruleByNameRate() {
    return nameRate.run(Stage.QUERY, queries[next()], 0);
  }

  /** The limit of equal responses. */
  @Benchmark
  public RrlDecision response() {
    int i = next();
    return limits.decision(address(queries[i]), queries[i].wire(), answers[i]);
  }

  /** Where nobody is blocked and no rule counts. */
  @Benchmark
  public @Nullable Block noBlocks() {
    InetAddress client = address(queries[next()]);
    limits.onQuery(client);
    return limits.blockOf(client);
  }

  /** Where one rule for blocks counts queries. */
  @Benchmark
  public @Nullable Block queryRate() {
    InetAddress client = address(queries[next()]);
    counting.onQuery(client);
    return counting.blockOf(client);
  }

  /** Runs them; an argument chooses some, by a regular expression. */
  public static void main(String[] args) throws RunnerException {
    String which = args.length == 0 ? "" : args[0];
    new Runner(
            new OptionsBuilder()
                .include(RateBenchmark.class.getSimpleName() + ".*" + which)
                .addProfiler(GCProfiler.class)
                .build())
        .run();
  }
}
