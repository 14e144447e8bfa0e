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
        return outcome(call, state.query(), call(call, state));
      } finally {
        state.query().showNone();
        states.renewIfBroken(state);
      }
    } catch (LuaFailure e) {
      throw new PolicyFailure(kind(e), String.valueOf(e.getMessage()));
    }
  }

  private static @Nullable Object call(PolicyCall call, LuaStates.Entry state) throws LuaFailure {
    OperationResult result = call.result();
    Continuation from = call.query().continuation();
    if (result == null || from == null) {
      state.query().show(call.stage(), call.query(), Map.of());
      return state.lua().call(MAIN, state.query());
    }
    state.query().show(call.stage(), call.query().withContinuation(null), from.variables());
    return state
        .lua()
        .call(
            "route." + from.route(),
            state.query(),
            (long) result.code().number(),
            result.outputs());
  }

  private RuleOutcome outcome(PolicyCall call, LuaQuery shown, @Nullable Object returned)
      throws LuaFailure {
    Query query = shown.query();
    if (returned == null) {
      return new RuleOutcome.Next(query);
    } else if (returned instanceof String words) {
      return new RuleOutcome.Decided(query, verdict(query, words));
    } else if (returned instanceof LuaStop stop && stop.value() instanceof Wait wait) {
      return suspend(call, shown, wait);
    }
    throw LuaQuery.failure(
        script.file() + ": a route returns nothing or a verdict in words, not " + returned);
  }

  private Verdict verdict(Query query, String words) throws LuaFailure {
    Verdict verdict;
    try {
      verdict = VerdictWords.parse(words);
    } catch (IllegalArgumentException e) {
      throw LuaQuery.failure(script.file() + ": " + e.getMessage());
    }
    if (fit.misfit(verdict, query, false) != null) {
      throw LuaQuery.failure(script.file() + ": the verdict does not fit the query: " + words);
    }
    return verdict;
  }

  private RuleOutcome suspend(PolicyCall call, LuaQuery shown, Wait wait) throws LuaFailure {
    Query query = shown.query();
    if (wait.route() != null) {
      int ended = call.endedAtOnce();
      if (ended >= PolicyCall.MAX_ENDED_AT_ONCE) {
        throw LuaQuery.failure(
            "%s: starts another operation after %d that ended at once"
                .formatted(script.file(), ended));
      }
      query =
          query.withContinuation(
              new Continuation(
                  this, wait.route(), variables(shown), wait.operation(), wait.timeout(), ended));
    }
    return new RuleOutcome.Suspend(query, wait.asyncId(), call.nextRule(), call.rule());
  }

  /** What survives the wait, an immutable copy. */
  private Map<String, @Nullable Object> variables(LuaQuery shown) throws LuaFailure {
    try {
      return Values.checked(shown.variables());
    } catch (IllegalArgumentException e) {
      throw LuaQuery.failure(script.file() + ": the variables have " + e.getMessage());
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
