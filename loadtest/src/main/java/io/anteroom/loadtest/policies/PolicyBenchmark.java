// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest.policies;

import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaLimits;
import io.anteroom.node.lua.LuaScript;
import io.anteroom.node.lua.LuaState;
import io.anteroom.node.lua.LuaSubject;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** What a call of a Lua policy takes, with the limit of instructions and without it. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
@State(Scope.Thread)
public class PolicyBenchmark {
  private static final String SCRIPT =
      """
      function empty(q) end
      function accessors(q)
        local name, kind = q.name, q.type
        q:tag("x")
      end
      function loop(q) for i = 1, 1000 do end end
      """;

  /** Instructions that a call may use; 0 is for no limit, and so no hook. */
  @Param({"10000000", "0"})
  long limit;

  private @Nullable LuaState lua;
  private final Subject subject = new Subject();

  /** A query whose fields cost nothing. */
  private static final class Subject implements LuaSubject {
    @Override
    public Object get(String field) {
      return field.equals("name") ? "www.example.com" : "AAAA";
    }

    @Override
    public void set(String field, @Nullable Object value) {
      throw new UnsupportedOperationException(field);
    }

    @Override
    public @Nullable Object invoke(String method, @Nullable Object[] arguments) {
      return null;
    }

    @Override
    public boolean isMethod(String name) {
      return name.equals("tag");
    }
  }

  /** Loads the script. */
  @Setup(Level.Trial)
  public void load() throws LuaFailure {
    lua = new LuaState(new LuaLimits(limit, LuaLimits.DEFAULT.memoryBytes(), false));
    lua.load(LuaScript.compile("policy.lua", SCRIPT.getBytes(StandardCharsets.UTF_8)));
  }

  /** Frees the state. */
  @TearDown(Level.Trial)
  public void close() {
    if (lua != null) {
      lua.close();
    }
  }

  private @Nullable Object call(String function) throws LuaFailure {
    return lua == null ? null : lua.call(function, subject);
  }

  @Benchmark
  public @Nullable Object empty() throws LuaFailure {
    return call("empty");
  }

  /** Two fields and one method of the query. */
  @Benchmark
  public @Nullable Object accessors() throws LuaFailure {
    return call("accessors");
  }

  /** A thousand turns of an empty loop. */
  @Benchmark
  public @Nullable Object loop() throws LuaFailure {
    return call("loop");
  }

  /** Runs them; an argument chooses some, by a regular expression. */
  public static void main(String[] args) throws RunnerException {
    String which = args.length == 0 ? "" : args[0];
    new Runner(
            new OptionsBuilder()
                .include("loadtest\\.policies\\..*" + which)
                .addProfiler(GCProfiler.class)
                .build())
        .run();
  }
}
