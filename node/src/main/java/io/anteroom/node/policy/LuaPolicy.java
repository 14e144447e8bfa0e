// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import io.anteroom.node.config.Policy;
import io.anteroom.node.config.PolicySettings;
import io.anteroom.node.filter.VerdictFit;
import io.anteroom.node.filter.VerdictWords;
import io.anteroom.node.flow.Continuation;
import io.anteroom.node.flow.FileHandler;
import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.PolicyFailure;
import io.anteroom.node.flow.PolicyProgram;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.SpooledFile;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaLimits;
import io.anteroom.node.lua.LuaScript;
import io.anteroom.node.lua.LuaStop;
import io.anteroom.node.lua.LuaTypes;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.Values;
import io.anteroom.protocol.Verdict;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A policy in Lua. Its script defines routes: {@code route.main(q)} is run for a query, and another
 * one with the result of an operation. A route returns nothing, which lets the query continue, or a
 * verdict in words, as an operator or an HTTP filter writes it.
 */
final class LuaPolicy implements PolicyProgram, FileHandler {
  static final String MAIN = "route.main";

  private final PolicySettings settings;
  private final LuaScript script;
  private final Services services;
  private final VerdictFit fit;
  private final LuaStates states;

  private LuaPolicy(
      PolicySettings settings, PolicySettings.Lua lua, LuaScript script, Services services) {
    this.settings = settings;
    this.script = script;
    this.services = services;
    this.fit = new VerdictFit(services.pools());
    this.states = new LuaStates(settings.name(), lua, script, services);
  }

  /**
   * Loads and checks a script, without running it.
   *
   * @throws LuaFailure with file and line, if it can't be run
   */
  static LuaPolicy load(PolicySettings settings, PolicySettings.Lua lua, Services services)
      throws LuaFailure {
    String file = lua.file().getFileName().toString();
    LuaLimits limits = new LuaLimits(lua.instructions(), lua.memoryBytes(), lua.allowIo());
    LuaScript script = LuaScript.compile(file, read(lua), limits);
    LuaChecks.check(script, services);
    LuaPolicy policy = new LuaPolicy(settings, lua, script, services);
    policy.states.closeAfter(policy);
    return policy;
  }

  private static byte[] read(PolicySettings.Lua lua) throws LuaFailure {
    try (InputStream in = Files.newInputStream(lua.file())) {
      return in.readNBytes(LuaScript.MAX_SIZE + 1);
    } catch (IOException e) {
      throw LuaQuery.failure("can't be read: " + lua.file());
    }
  }

  /**
   * Creates the states and runs the beginning of the script in each.
   *
   * @throws LuaFailure if that fails
   */
  void start(PolicyHost host) throws LuaFailure {
    states.start(host);
  }

  /** Closes the states at once; queries that still come to them fail. */
  void close() {
    states.close();
  }

  @Override
  public String name() {
    return settings.name();
  }

  @Override
  public Policy onError() {
    return settings.onError();
  }

  @Override
  public @Nullable Executor thread() {
    return states.thread();
  }

  /** All operations, because a script may name any of them. */
  @Override
  public Set<Integer> services() {
    return services.operations();
  }

  /** Whether the script defines {@code onfile_http}. */
  boolean takesFiles() {
    return script.handlers().contains("onfile_http");
  }

  @Override
  public void onFile(SpooledFile file) {
    states.onFile(file);
  }

  @Override
  public RuleOutcome run(PolicyCall call) throws PolicyFailure {
    try {
      LuaStates.Entry state = states.get();
      try {
        return outcome(call, state, call(call, state));
      } finally {
        state.query().showNone();
        states.renewIfBroken(state);
      }
    } catch (LuaFailure e) {
      throw new PolicyFailure(kind(e), String.valueOf(e.getMessage()));
    }
  }

  /** The name of the function that a call runs. */
  private static String route(PolicyCall call) {
    Continuation from = call.query().continuation();
    return call.result() == null || from == null ? MAIN : "route." + from.route();
  }

  private static @Nullable Object call(PolicyCall call, LuaStates.Entry state) throws LuaFailure {
    OperationResult result = call.result();
    Continuation from = call.query().continuation();
    String route = route(call);
    if (result == null || from == null) {
      state.query().show(call.stage(), call.query(), Map.of());
      return state.lua().call(route, state.query());
    }
    state.query().show(call.stage(), call.query().withContinuation(null), from.variables());
    return state.lua().call(route, state.query(), (long) result.code().number(), result.outputs());
  }

  private RuleOutcome outcome(PolicyCall call, LuaStates.Entry state, @Nullable Object returned)
      throws LuaFailure {
    LuaQuery shown = state.query();
    Query query = shown.query();
    if (returned == null) {
      return new RuleOutcome.Next(query);
    } else if (returned instanceof LuaStop stop && stop.value() instanceof Wait wait) {
      return suspend(call, state, wait);
    } else if (returned instanceof String words) {
      return new RuleOutcome.Decided(query, verdict(call, state, words));
    }
    throw failure(
        call,
        state,
        "returns %s instead of nothing or a verdict in words"
            .formatted("a " + LuaTypes.nameOf(returned)));
  }

  /** An error in what a route has returned, with the place of the route. */
  private LuaFailure failure(PolicyCall call, LuaStates.Entry state, String what) {
    String route = route(call);
    String place = state.lua().place(route);
    return LuaQuery.failure(
        "%s: %s %s".formatted(place == null ? script.file() : place, route, what));
  }

  private Verdict verdict(PolicyCall call, LuaStates.Entry state, String words) throws LuaFailure {
    Verdict verdict;
    try {
      verdict = VerdictWords.parse(words);
    } catch (IllegalArgumentException e) {
      throw failure(call, state, "returns no verdict: " + e.getMessage());
    }
    if (fit.misfit(verdict, state.query().query(), false) != null) {
      throw failure(
          call,
          state,
          "returns a verdict that does not fit the query: " + AuthorErrors.oneLine(words));
    }
    return verdict;
  }

  private RuleOutcome suspend(PolicyCall call, LuaStates.Entry state, Wait wait) throws LuaFailure {
    LuaQuery shown = state.query();
    Query query = shown.query();
    if (wait.route() != null) {
      int ended = call.endedAtOnce();
      if (ended >= PolicyCall.MAX_ENDED_AT_ONCE) {
        throw failure(
            call, state, "starts another operation after %d that ended at once".formatted(ended));
      }
      query =
          query.withContinuation(
              new Continuation(
                  this,
                  wait.route(),
                  variables(call, state),
                  wait.operation(),
                  wait.timeout(),
                  ended));
    }
    return new RuleOutcome.Suspend(query, wait.asyncId(), call.nextRule(), call.rule());
  }

  /** What survives the wait, an immutable copy. */
  private Map<String, @Nullable Object> variables(PolicyCall call, LuaStates.Entry state)
      throws LuaFailure {
    try {
      return Values.checked(state.query().variables());
    } catch (IllegalArgumentException e) {
      throw failure(call, state, "leaves variables that have " + e.getMessage());
    }
  }

  private static PolicyFailure.Kind kind(LuaFailure failure) {
    return switch (failure.kind()) {
      case ERROR -> PolicyFailure.Kind.ERROR;
      case INSTRUCTIONS -> PolicyFailure.Kind.INSTRUCTIONS;
      case MEMORY -> PolicyFailure.Kind.MEMORY;
    };
  }
}
