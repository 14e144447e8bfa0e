// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest.policies;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.FileHandlers;
import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.PolicyFailure;
import io.anteroom.node.flow.PolicyProgram;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.Rules;
import io.anteroom.node.operation.LazyDirectory;
import io.anteroom.node.operation.WorkerPools;
import io.anteroom.node.policy.PolicyHost;
import io.anteroom.node.policy.PolicyMetrics;
import io.anteroom.node.policy.StartedPolicies;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** What a policy in Lua takes for a query of a node, from the rule to its outcome. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
@State(Scope.Thread)
public class PolicyRunBenchmark {
  private static final Map<String, String> SCRIPTS =
      new LinkedHashMap<>(
          Map.of(
              "empty", "function route.main(q) end",
              "accessors",
                  """
                  function route.main(q)
                    local name, kind, client = q.name, q.type, q.client
                  end
                  """,
              "refuse", "function route.main(q) return 'refuse' end",
              "waits",
                  """
                  function route.main(q) async(sleep(0.1), "go") end
                  function route.go(q, rc) end
                  """));

  private final EventLoop loop = new DefaultEventLoop();
  private final WorkerPools workers = new WorkerPools();
  private @Nullable Path directory;
  private Map<String, PolicyProgram> programs = Map.of();
  private @Nullable Query query;

  /** Loads the policies, each of which gets a state for the thread of the benchmark. */
  @Setup(Level.Trial)
  public void load() throws IOException, InvalidConfiguration {
    Path made = Files.createTempDirectory("policies");
    directory = made;
    StringBuilder blocks = new StringBuilder();
    for (var script : SCRIPTS.entrySet()) {
      Path file = made.resolve(script.getKey() + ".lua");
      Files.writeString(file, script.getValue());
      blocks.append("%s { file = \"%s\", states = per-loop }\n".formatted(script.getKey(), file));
    }
    NodeConfiguration configuration =
        NodeConfiguration.parse(
            "anteroom { operations.pause { async-id = 3, sleep {} }\npolicies {\n%s}\n}"
                .formatted(blocks));
    PolicyMetrics metrics = new PolicyMetrics(System::nanoTime);
    LazyDirectory data = new LazyDirectory(made);
    configuration
        .live()
        .policies()
        .start(
            new PolicyHost(
                List.of(loop),
                (asyncId, operation, done) -> done.accept(OperationResult.done(Map.of())),
                new PolicyHost.Tasks(workers, data, metrics, new FileHandlers()),
                new StartedPolicies(),
                new Counters<>(Counter.class),
                System::nanoTime));
    programs = configuration.live().policies().programs();
    query = query();
  }

  private static Query query() throws TextParseException {
    Name name = Name.fromString("www.example.com.");
    Message message = Message.newQuery(Record.newRecord(name, Type.A, DClass.IN));
    Client client = new Client(new InetSocketAddress("10.1.2.3", 5353), Transport.UDP, 0);
    return Query.of((WireQuery) WireQuery.parse(message.toWire()), client, Rules.NONE);
  }

  /** Ends the threads and deletes the scripts. */
  @TearDown(Level.Trial)
  public void close() throws IOException {
    workers.close();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    Path made = Objects.requireNonNull(directory);
    for (String script : SCRIPTS.keySet()) {
      Files.delete(made.resolve(script + ".lua"));
    }
    Files.delete(made);
  }

  private RuleOutcome run(String policy) throws PolicyFailure {
    PolicyProgram program = Objects.requireNonNull(programs.get(policy));
    Query asked = Objects.requireNonNull(query);
    return program.run(new PolicyCall(Stage.QUERY, asked, program, 1, 0, null));
  }

  /** The query continues. */
  @Benchmark
  public RuleOutcome empty() throws PolicyFailure {
    return run("empty");
  }

  /** Three fields are read, and the query continues. */
  @Benchmark
  public RuleOutcome accessors() throws PolicyFailure {
    return run("accessors");
  }

  @Benchmark
  public RuleOutcome refuse() throws PolicyFailure {
    return run("refuse");
  }

  /** Starts to wait, and goes on with the result; without the wait itself. */
  @Benchmark
  public void waits(Blackhole hole) throws PolicyFailure {
    RuleOutcome.Suspend suspend = (RuleOutcome.Suspend) run("waits");
    hole.consume(suspend);
    PolicyProgram program = Objects.requireNonNull(programs.get("waits"));
    OperationResult done = OperationResult.done(Map.of());
    hole.consume(program.run(PolicyCall.resume(Stage.QUERY, suspend.query(), 1, done)));
  }
}
