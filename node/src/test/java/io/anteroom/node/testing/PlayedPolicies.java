// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.config.NodeSettingsReader;
import io.anteroom.node.config.Policy;
import io.anteroom.node.config.SettingsReader;
import io.anteroom.node.config.SettingsSource;
import io.anteroom.node.flow.Continuation;
import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.PolicyProgram;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.live.LiveConfiguration;
import io.anteroom.node.policy.Policies;
import io.anteroom.node.rule.ChainReader;
import io.anteroom.node.rule.Chains;
import io.anteroom.node.rule.RuleContext;
import io.anteroom.node.wire.MadeAnswers;
import io.anteroom.protocol.Operation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Policies whose code is that of a test, which no file has. */
public final class PlayedPolicies {
  private PlayedPolicies() {}

  private record Played(
      String name, @Nullable Executor thread, Function<PolicyCall, RuleOutcome> code)
      implements PolicyProgram {
    @Override
    public Policy onError() {
      return Policy.SERVFAIL;
    }

    @Override
    public RuleOutcome run(PolicyCall call) {
      return code.apply(call);
    }
  }

  /** A policy that any event loop may run. */
  public static PolicyProgram policy(String name, Function<PolicyCall, RuleOutcome> code) {
    return new Played(name, null, code);
  }

  /** A policy that only this thread may run. */
  public static PolicyProgram policy(
      String name, Executor thread, Function<PolicyCall, RuleOutcome> code) {
    return new Played(name, thread, code);
  }

  /**
   * A configuration whose rules may name these policies.
   *
   * @param directory any that exists
   */
  public static NodeConfiguration configuration(
      String text, Path directory, PolicyProgram... policies) throws InvalidConfiguration {
    StringBuilder whole = new StringBuilder(text);
    Map<String, PolicyProgram> programs = new HashMap<>();
    for (PolicyProgram each : policies) {
      programs.put(each.name(), each);
      whole.append(
          "anteroom.policies.%s { class = Played, jars = \"%s\" }\n"
              .formatted(each.name(), directory.toAbsolutePath()));
    }
    SettingsReader root = SettingsSource.text("text", whole.toString());
    SettingsReader anteroom = root.block("anteroom");
    NodeSettings settings = NodeSettingsReader.read(anteroom, directory);
    Chains chains =
        ChainReader.read(anteroom, RuleContext.read(anteroom, settings, programs, directory));
    root.finish();
    return new NodeConfiguration(
        new LiveConfiguration(settings, chains, Policies.NONE, List.of()),
        null,
        null,
        new TreeMap<>(),
        null,
        List.of());
  }

  /** Has the query wait for an operation, after which the policy is called again. */
  public static RuleOutcome await(
      PolicyCall call,
      int asyncId,
      Map<String, Object> arguments,
      Map<String, Object> variables,
      @Nullable Duration timeout) {
    Continuation waiting =
        new Continuation(call.program(), "done", variables, new Operation(arguments), timeout, 0);
    return new RuleOutcome.Suspend(
        call.query().withContinuation(waiting), asyncId, call.nextRule(), call.rule());
  }

  /** Answers without records. */
  public static RuleOutcome rcode(PolicyCall call, int rcode) {
    return new RuleOutcome.Answer(call.query(), MadeAnswers.rcode(call.query().wire(), rcode));
  }
}
