// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest.rules;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.Rules;
import io.anteroom.node.rule.Chain;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** What it takes to run a chain that lets a query pass, and one whose last rule is for it. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class RuleBenchmark {
  private static final int QUERIES = 1 << 12;
  private static final int NAMES = 1_000_000;

  /** Queries for different names, in an order that no cache of the machine knows. */
  @State(Scope.Benchmark)
  public abstract static class Queries {
    private final Query[] queries = new Query[QUERIES];
    private int next;

    final void fill(IntFunction<String> name) {
      for (int i = 0; i < QUERIES; i++) {
        queries[i] = query(name.apply(i));
      }
    }

    final Query next() {
      next = next + 997 & QUERIES - 1;
      return queries[next];
    }
  }

  /** Rules for one suffix each, none of them for any query. */
  @State(Scope.Benchmark)
  public static class Suffixes extends Queries {
    @Param({"10", "100", "1000"})
    int rules;

    Chain chain = Chain.EMPTY;
    Query last = query("example");

    @Setup(Level.Trial)
    public void read() throws InvalidConfiguration {
      fill(i -> "www.n" + i + ".example.com");
      chain =
          chain(
              "",
              IntStream.range(0, rules)
                  .mapToObj(i -> "{ match.suffix = site-%d.example, action = drop }".formatted(i))
                  .collect(Collectors.joining("\n")));
      last = query("www.site-" + (rules - 1) + ".example");
    }
  }

  /** Twenty rules as operators have them, none of them for any query. */
  @State(Scope.Benchmark)
  public static class Typical extends Queries {
    Chain chain = Chain.EMPTY;

    @Setup(Level.Trial)
    public void read() throws InvalidConfiguration {
      fill(i -> "www.n" + i + ".example.com");
      chain =
          chain(
              "upstreams.corp.servers = [\"192.0.2.53\"]",
              """
              { match.client = ["192.0.2.0/24", "198.51.100.0/24"], action = drop }
              { match { type = [ANY, HINFO] }, action { rcode = notimp } }
              { match { class = [CH] }, action { rcode = refused } }
              { match { rd = off }, action { rcode = refused } }
              { match { tag = blocked }, action = nxdomain }
              { match { name = [canary.test, check.test] }, action = nodata }
              """
                  + IntStream.range(0, 10)
                      .mapToObj(
                          i ->
                              "{ match.suffix = [corp-%d.example], action.pool = corp }"
                                  .formatted(i))
                      .collect(Collectors.joining("\n"))
                  + """

                  { match { type = AAAA, suffix = v4only.example }, action = nodata }
                  { match { type = TXT, client = "203.0.113.0/24" }, action = drop }
                  { match { transport = tcp, type = PTR }, action = log }
                  { match { do = on, suffix = broken.example }, action = skip-cache }
                  """);
    }
  }

  /** One rule with a list of a million names; half of the queries are for one of them. */
  @State(Scope.Benchmark)
  public static class Million extends Queries {
    @Param({"exact", "suffix"})
    String match = "exact";

    Chain chain = Chain.EMPTY;

    @Setup(Level.Trial)
    public void read() throws InvalidConfiguration, IOException {
      String below = match.equals("suffix") ? "www." : "";
      fill(i -> below + name(i % 2 == 0 ? i * 241 : NAMES + i));
      Path file = Files.createTempFile("names", ".txt");
      try {
        Files.write(file, IntStream.range(0, NAMES).mapToObj(Million::name).toList());
        chain =
            chain(
                "lists.names { file = \"%s\", match = %s }".formatted(file, match),
                "{ match.list = names, action = drop }");
      } finally {
        Files.delete(file);
      }
    }

    private static String name(int i) {
      return "site-" + Integer.toHexString(i * 0x9e3779b1) + ".example";
    }
  }

  /** No rule is for the query. */
  @Benchmark
  public RuleOutcome suffixesNone(Suffixes state) {
    return state.chain.run(state.next(), 0);
  }

  /** The last rule is for the query. */
  @Benchmark
  public RuleOutcome suffixesLast(Suffixes state) {
    return state.chain.run(state.last, 0);
  }

  @Benchmark
  public RuleOutcome typical(Typical state) {
    return state.chain.run(state.next(), 0);
  }

  @Benchmark
  public RuleOutcome million(Million state) {
    return state.chain.run(state.next(), 0);
  }

  private static Chain chain(String settings, String rules) throws InvalidConfiguration {
    return NodeConfiguration.parse(
            "anteroom {\n" + settings + "\nrules.query = [\n" + rules + "\n]\n}")
        .chains()
        .of(Stage.QUERY);
  }

  /** For the A record of this name, with RD, from a private address. */
  private static Query query(String name) {
    ByteBuffer packet = ByteBuffer.allocate(12 + name.length() + 2 + 4);
    packet.putInt(0x12340100).putInt(0x00010000).putInt(0);
    for (String label : name.split("\\.", -1)) {
      packet.put((byte) label.length()).put(label.getBytes(StandardCharsets.US_ASCII));
    }
    packet.put((byte) 0).putShort((short) 1).putShort((short) 1);
    Client client = new Client(new InetSocketAddress("10.1.2.3", 5353), Transport.UDP, 0);
    return Query.of((WireQuery) WireQuery.parse(packet.array()), client, Rules.NONE);
  }

  /** Runs them; an argument chooses some, by a regular expression. */
  public static void main(String[] args) throws RunnerException {
    String which = args.length == 0 ? "" : args[0];
    new Runner(
            new OptionsBuilder()
                .include(RuleBenchmark.class.getSimpleName() + ".*" + which)
                .addProfiler(GCProfiler.class)
                .build())
        .run();
  }
}
