// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest.policies;

import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.dnsdist.DnsdistConfiguration;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.PolicyFailure;
import io.anteroom.node.flow.PolicyProgram;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.Rules;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** What a LuaAction of a dnsdist file takes for a query, from the rule to its outcome. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
@State(Scope.Thread)
public class DnsdistActionBenchmark {
  private static final String FILE =
      """
      newServer("127.0.0.1:53")
      local function act(name, f) addAction(AllRule(), LuaAction(f), { name = name }) end
      act("empty", function(dq) return DNSAction.None end)
      act("members", function(dq)
        local name, id, content = dq.qname, dq.dh:getID(), dq:getContent()
        return DNSAction.None
      end)
      act("type", function(dq)
        if dq.qtype == DNSQType.ANY then return DNSAction.Refused end
        return DNSAction.None
      end)
      act("tag", function(dq)
        dq:setTag("group", "kids")
        return DNSAction.None
      end)
      act("spoof", function(dq) return DNSAction.Spoof, "192.0.2.1" end)
      act("header", function(dq)
        dq.dh:setRD(false)
        return DNSAction.HeaderModify
      end)
      """;

  private @Nullable Path file;
  private @Nullable DnsdistConfiguration configuration;
  private Map<String, PolicyProgram> programs = Map.of();
  private @Nullable Query query;

  /** Loads the file. */
  @Setup(Level.Trial)
  public void load() throws IOException, InvalidConfiguration {
    Path made = Files.createTempFile("actions", ".lua");
    file = made;
    Files.writeString(made, FILE);
    DnsdistConfiguration loaded = DnsdistConfiguration.load(made, List.of());
    configuration = loaded;
    programs = loaded.programs();
    query = query();
  }

  private static Query query() throws TextParseException {
    Name name = Name.fromString("www.example.com.");
    Message message = Message.newQuery(Record.newRecord(name, Type.A, DClass.IN));
    Client client = new Client(new InetSocketAddress("10.1.2.3", 5353), Transport.UDP, 0);
    return Query.of((WireQuery) WireQuery.parse(message.toWire()), client, Rules.NONE);
  }

  /** Frees the state and deletes the file. */
  @TearDown(Level.Trial)
  public void close() throws IOException {
    Objects.requireNonNull(configuration).close();
    Files.delete(Objects.requireNonNull(file));
  }

  private RuleOutcome run(String rule) throws PolicyFailure {
    PolicyProgram program = Objects.requireNonNull(programs.get(rule));
    Query asked = Objects.requireNonNull(query);
    return program.run(new PolicyCall(Stage.QUERY, asked, program, 1, 0, null));
  }

  /** The function looks at nothing. */
  @Benchmark
  public RuleOutcome empty() throws PolicyFailure {
    return run("empty");
  }

  /** It reads the name, the id and the message, as one that asks a filter does. */
  @Benchmark
  public RuleOutcome members() throws PolicyFailure {
    return run("members");
  }

  /** It compares the type. */
  @Benchmark
  public RuleOutcome type() throws PolicyFailure {
    return run("type");
  }

  /** It sets a tag. */
  @Benchmark
  public RuleOutcome tag() throws PolicyFailure {
    return run("tag");
  }

  /** It answers with an address. */
  @Benchmark
  public RuleOutcome spoof() throws PolicyFailure {
    return run("spoof");
  }

  /** It clears a flag of the query. */
  @Benchmark
  public RuleOutcome header() throws PolicyFailure {
    return run("header");
  }
}
