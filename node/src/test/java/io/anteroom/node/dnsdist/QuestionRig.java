// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.config.SettingsReader;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.PolicyFailure;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.Rules;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaLimits;
import io.anteroom.node.lua.LuaRef;
import io.anteroom.node.lua.LuaScript;
import io.anteroom.node.lua.LuaState;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;

/** A state with the library, whose scripts give their actions to {@code action(f)}. */
final class QuestionRig implements AutoCloseable, LuaActionProgram.Home {
  static final Client CLIENT =
      new Client(new InetSocketAddress("192.0.2.1", 5353), Transport.UDP, 0, "front", 1);

  private static final String RIG =
      """
      local L = ...
      function action(f) L.java.take(L.action(f)) end
      function response_action(f) L.java.take(L.response_action(f)) end
      function by_number(n) return L.handle(n) end
      function place() return L.position() end
      """;

  private final LuaState state = new LuaState(LuaLimits.DEFAULT);
  private final Map<Long, Question> numbered = new HashMap<>();
  private final List<String> said = new ArrayList<>();
  private final Suspender suspender;
  private MessageIds ids = MessageIds.OF_CLIENTS;
  private @Nullable LuaRef taken;
  private @Nullable Executor thread;

  /** Loads a script of this text, as {@code filter.lua}. */
  QuestionRig(String script) throws LuaFailure {
    this(script, Suspender.NONE);
  }

  QuestionRig(String script, Suspender suspender) throws LuaFailure {
    this.suspender = suspender;
    define("collector", a -> null);
    define("warn", a -> null);
    define(
        "unknown",
        a -> {
          TreeSet<String> known = new TreeSet<>();
          new Arguments(a).list(1).forEach(name -> known.add(String.valueOf(name)));
          return SettingsReader.unknown(new Arguments(a).text(0), known);
        });
    define(
        "take",
        a -> {
          taken = new Arguments(a).ref(0);
          return null;
        });
    QuestionPart part = new QuestionPart(numbered::get);
    part.functions().forEach(this::define);
    state.loadLibrary("dnsdist", resource("core.lua"));
    for (String file : part.scripts()) {
      state.loadLibrary("dnsdist", resource(file));
    }
    state.loadLibrary("dnsdist", resource("constants.lua"));
    state.loadLibrary("dnsdist", RIG.getBytes(StandardCharsets.UTF_8));
    state.define("say", a -> said.add(String.valueOf(a[0])));
    state.load(LuaScript.compile("filter.lua", script.getBytes(StandardCharsets.UTF_8)));
  }

  private void define(String name, io.anteroom.node.lua.LuaFunction function) {
    state.define("__java." + name, function);
  }

  private static byte[] resource(String name) {
    try (InputStream in = Question.class.getResourceAsStream(name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(name, e);
    }
  }

  /** Has scripts see these ids. */
  QuestionRig with(MessageIds other) {
    ids = other;
    return this;
  }

  /** What the script said, in order. */
  List<String> said() {
    return said;
  }

  /** Lets the script find a question with {@code by_number(number)}. */
  void number(long number, Question question) {
    numbered.put(number, question);
  }

  /** Has the action run there only. */
  QuestionRig on(Executor other) {
    thread = other;
    return this;
  }

  LuaActionProgram program() {
    return program("filter.lua:1");
  }

  LuaActionProgram program(String name) {
    return new LuaActionProgram(name, Objects.requireNonNull(taken), this);
  }

  /** The outcome of the action for a query of a message, in the query chain. */
  RuleOutcome run(Message message) throws PolicyFailure {
    return run(Stage.QUERY, query(message));
  }

  RuleOutcome run(Stage stage, Query query) throws PolicyFailure {
    LuaActionProgram program = program();
    return program.run(new PolicyCall(stage, query, program, 7, 6, null));
  }

  static Query query(Message message) {
    return Query.of((WireQuery) WireQuery.parse(message.toWire()), CLIENT, Rules.NONE);
  }

  @Override
  public LuaState state() {
    return state;
  }

  @Override
  public QuestionHost questions() {
    return new QuestionHost(
        Set.of("default", "slow"), ids, suspender, client -> new InetSocketAddress("10.0.0.1", 53));
  }

  @Override
  public @Nullable Executor thread() {
    return thread;
  }

  @Override
  public void memoryEnded() {}

  @Override
  public void close() {
    state.close();
  }
}
