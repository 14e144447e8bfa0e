// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.lua;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.Values;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Values, functions, the subject and errors. */
class LuaStateTest {
  private final LuaState state = new LuaState(LuaLimits.DEFAULT);

  @AfterEach
  void close() {
    state.close();
  }

  private void load(String... lines) throws LuaFailure {
    state.load(script(lines));
  }

  static LuaScript script(String... lines) throws LuaFailure {
    return LuaScript.compile("test.lua", String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
  }

  /** A subject with fields in a list of text, and one method. */
  static final class Recorder implements LuaSubject {
    final List<String> events = new ArrayList<>();

    @Override
    public @Nullable Object get(String field) throws LuaFailure {
      if (field.equals("bad")) {
        throw new LuaFailure("bad field");
      }
      return field.equals("count") ? (Object) events.size() : "value of " + field;
    }

    @Override
    public void set(String field, @Nullable Object value) {
      events.add(field + " = " + value);
    }

    @Override
    public Object invoke(String method, @Nullable Object[] arguments) {
      events.add(method + Arrays.toString(arguments));
      return arguments.length;
    }

    @Override
    public boolean isMethod(String name) {
      return name.equals("tag");
    }
  }

  /** Short texts and numbers cross on another way than long texts, tables and many values. */
  @Test
  void arguments_ofEachLengthAndNumber_passBothWays() throws LuaFailure {
    state.define("pick", arguments -> arguments[((Long) arguments[0]).intValue()]);
    load(
        "function few(i, t) return pick(i, t, nil, t) end",
        "function table(i, t) return pick(i, t, {}, t) end",
        "function many(i, t) return pick(i, t, true, t, 1.5) end");
    int[] lengths = {0, 1, LuaBuffer.SLOT - 1, LuaBuffer.SLOT, LuaBuffer.SLOT + 1, 65_504, 65_505};
    for (int length : lengths) {
      String text = "x".repeat(length);
      for (String function : List.of("few", "table", "many")) {
        assertThat(state.call(function, null, 1L, text)).isEqualTo(text);
        assertThat(state.call(function, null, 3L, text)).isEqualTo(text);
      }
      assertThat(state.call("few", null, 2L, text)).isNull();
      assertThat(state.call("table", null, 2L, text)).isEqualTo(Map.of());
      assertThat(state.call("many", null, 2L, text)).isEqualTo(true);
      assertThat(state.call("many", null, 4L, text)).isEqualTo(1.5);
    }
  }

  @Test
  void functionOfBytes_getsShortTextAsBytes() throws LuaFailure {
    LuaFunction.OfBytes length = arguments -> ((byte[]) arguments[0]).length;
    state.define("length", length);
    load("function f(t) return length(t) end");
    assertThat(state.call("f", null, "text")).isEqualTo(4L);
    assertThat(state.call("f", null, new byte[] {0, -1, -128})).isEqualTo(3L);
  }

  /** Otherwise the result of an operation could not be told to a policy. */
  @Test
  void valuesWithinTheBoundsOfOperations_passBothWays() throws LuaFailure {
    Object deep = "x";
    for (int depth = 0; depth < Values.MAX_DEPTH; depth++) {
      deep = List.of(deep);
    }
    List<Map<String, Object>> all =
        List.of(
            Map.of("deep", deep),
            Map.of("many", Collections.nCopies(Values.MAX_VALUES - 1, 1L)),
            Map.of("long", "x".repeat(Values.MAX_BYTES - 100)));
    load("function main(code, out) return { service = 'a', arguments = out } end");

    for (Map<String, Object> each : all) {
      OperationResult result = OperationResult.done(each);
      assertThat(state.call("main", null, 1L, result.outputs()))
          .isEqualTo(Map.of("service", "a", "arguments", each));
    }
  }

  @Test
  void values_ofAllKinds_surviveBothWays() throws LuaFailure {
    load("function echo(v) return v end");
    byte[] invalid = {(byte) 0xff, 0, 1, (byte) 0x80};
    for (Object value :
        new Object[] {
          true,
          false,
          0L,
          -1L,
          1L << 53,
          1.5,
          "",
          "text",
          "a\0b\"';\n$(x)",
          "\u00fc\u20ac\ud83d\ude00",
          List.of(1L, "a", List.of(true)),
          Map.of("a", 1L, "b", List.of("x")),
          Map.of(),
          "x".repeat(65_000),
          "y".repeat(LuaBuffer.SIZE)
        }) {
      assertThat(state.call("echo", null, value)).isEqualTo(value);
    }
    assertThat(state.call("echo", null, (Object) null)).isNull();
    assertThat(state.call("echo", null, (Object) invalid)).isEqualTo(invalid);
    assertThat(state.call("echo", null, List.of())).isEqualTo(Map.of());
    assertThat(state.call("echo", null, Double.POSITIVE_INFINITY))
        .isEqualTo(Double.POSITIVE_INFINITY);
  }

  @Test
  void subject_fieldsAndMethods_reachJava() throws LuaFailure {
    load("function main(q, n)", "  q.x = q.name .. n", "  return q:tag('a', 2) + q.count", "end");
    Recorder subject = new Recorder();
    assertThat(state.call("main", subject, 7)).isEqualTo(4L);
    assertThat(subject.events).containsExactly("x = value of name7", "tag[a, 2]");
  }

  @Test
  void subject_keptForLaterCall_isRefused() throws LuaFailure {
    load("function main(q)", "  if not kept then kept = q end", "  return kept.name", "end");
    assertThat(state.call("main", new Recorder())).isEqualTo("value of name");
    assertThatThrownBy(() -> state.call("main", new Recorder()))
        .isInstanceOf(LuaFailure.class)
        .hasMessageStartingWith("test.lua:3: ")
        .hasMessageContaining("earlier call");
  }

  @Test
  void errors_ofAllKinds_haveFileAndLine() throws LuaFailure {
    state.define(
        "fail",
        arguments -> {
          throw new LuaFailure("from Java");
        });
    load(
        "function plain() error('boom') end",
        "function index() local t; return t.x end",
        "function java() local x = fail() end",
        "function field(q) local x = q.bad end",
        "function caught(q) return select(2, pcall(fail)) .. '|' .. select(2, pcall(function()",
        "  return q.bad end)) end",
        "function tab() error({}) end",
        "function rep() return ('x'):rep({}) end");
    String[] expected = {
      "plain",
      "test.lua:1: boom",
      "java",
      "test.lua:3: from Java",
      "field",
      "test.lua:4: bad field",
      "tab",
      "test.lua:7: ",
      "rep",
      "test.lua:8: ",
      "index",
      "test.lua:2: ",
      "absent",
      "there is no"
    };
    for (int i = 0; i < expected.length; i += 2) {
      String path = expected[i];
      assertThatThrownBy(() -> state.call(path, new Recorder()))
          .as(path)
          .isInstanceOf(LuaFailure.class)
          .hasMessageContaining(expected[i + 1]);
    }
    assertThat(state.call("caught", new Recorder()).toString())
        .contains("from Java|test.lua:6: bad field");
  }

  @Test
  void stop_inFunction_endsScriptUncatchably() throws LuaFailure {
    LuaStop stop = new LuaStop("value");
    List<String> events = new ArrayList<>();
    state.define(
        "T.async.stop",
        arguments -> {
          throw stop;
        });
    state.define("event", arguments -> events.add(arguments[0] + ""));
    load(
        "function main()",
        "  pcall(function() coroutine.wrap(function() pcall(T.async.stop) event('1') end)() end)",
        "  event('2')",
        "end");
    assertThat(state.call("main", null)).isSameAs(stop);
    assertThat(events).isEmpty();
    assertThat(state.has("main")).isTrue();
    assertThat(state.has("T.async.stop")).isTrue();
    assertThat(state.has("T.async.x")).isFalse();
  }

  @Test
  void subject_inCoroutineAndWithManyNames_reachesJava() throws LuaFailure {
    load(
        "function main(q)",
        "  local n = 0",
        "  for i = 1, 500 do",
        "    local f = coroutine.wrap(function() q['s' .. i] = i return #q['n' .. i] + q:tag(i) end)",
        "    n = n + f()",
        "  end",
        "  return n",
        "end");
    Recorder subject = new Recorder();
    long length = 0;
    for (int i = 1; i <= 500; i++) {
      length += ("value of n" + i).length() + 1;
    }
    assertThat(state.call("main", subject)).isEqualTo(length);
    assertThat(subject.events).hasSize(1000).contains("s500 = 500", "tag[500]");
  }

  @Test
  void subject_inCoroutineOfEarlierCall_isRefused() throws LuaFailure {
    load(
        "function main(q)",
        "  if not co then",
        "    co = coroutine.wrap(function() coroutine.yield(q.name) return q:tag() end)",
        "  end",
        "  return co()",
        "end");
    assertThat(state.call("main", new Recorder())).isEqualTo("value of name");
    assertThatThrownBy(() -> state.call("main", new Recorder()))
        .hasMessageContaining("earlier call");
    assertThatThrownBy(() -> state.call("main", null)).isInstanceOf(LuaFailure.class);
  }

  @Test
  void bugInFunction_isFailureOfThatCallOnly() throws LuaFailure {
    state.define("bug", arguments -> List.of().get(0));
    state.define(
        "overflow",
        arguments -> {
          throw new StackOverflowError();
        });
    state.define("wrong", arguments -> new Object());
    state.define("large", arguments -> "x".repeat(10_000_000));
    load(
        "function f() local x = bug() end",
        "function g() local x = overflow() end",
        "function h() local x = wrong() end",
        "function i() local x = large() end");
    for (String path : List.of("f", "g", "h", "i")) {
      assertThatThrownBy(() -> state.call(path, null))
          .isInstanceOf(LuaFailure.class)
          .hasMessageStartingWith("test.lua:" + "xfghi".indexOf(path) + ": ");
    }
    assertThatThrownBy(() -> state.call("f", null, new Object())).isInstanceOf(LuaFailure.class);
    assertThatThrownBy(() -> state.call("f", null, "x".repeat(10_000_000)))
        .isInstanceOf(LuaFailure.class);
  }

  @Test
  void stateInUse_isRefusedToItsOwnFunctions() throws LuaFailure {
    List<Throwable> thrown = new ArrayList<>();
    state.define(
        "again",
        arguments -> {
          for (ThrowingCallable use :
              List.<ThrowingCallable>of(() -> state.call("main", null), state::close)) {
            thrown.add(catchThrowable(use));
          }
          return 1;
        });
    load("function main() return again() end");
    assertThat(state.call("main", null)).isEqualTo(1L);
    assertThat(thrown).hasSize(2).allMatch(e -> e instanceof IllegalStateException);
  }

  @Test
  void functionArgument_isReferenceUntilReleased() throws LuaFailure {
    List<LuaRef> refs = new ArrayList<>();
    state.define(
        "schedule",
        arguments -> {
          Map<?, ?> task = (Map<?, ?>) arguments[0];
          refs.add((LuaRef) task.get("onexecute"));
          refs.add((LuaRef) task.get("onresult"));
          refs.forEach(LuaRef::keep);
          return null;
        });
    load(
        "function main(q)",
        "  local path, other = 'p', 1",
        "  schedule{ data = path,",
        "    onexecute = function(d) return d .. '!' end,",
        "    onresult = function(e, d) return path .. other .. e.name .. d end }",
        "end");
    state.call("main", new Recorder());
    LuaRef execute = refs.get(0);
    LuaRef result = refs.get(1);
    assertThat(execute.upvalues()).isEmpty();
    assertThat(execute.line()).isEqualTo(4);
    assertThat(execute.file()).isEqualTo("test.lua");
    assertThat(result.upvalues()).containsExactly("path", "other");
    assertThat(state.call(result, new Recorder(), "x")).isEqualTo("p1value of namex");
    try (LuaState worker = new LuaState(LuaLimits.DEFAULT)) {
      LuaRef moved = worker.loadDump(execute.dump());
      assertThat(worker.call(moved, null, "d\0")).isEqualTo("d\0!");
      assertThatThrownBy(() -> worker.call(execute, null, "d"))
          .isInstanceOf(IllegalArgumentException.class);
    }
    refs.forEach(LuaRef::release);
    refs.forEach(LuaRef::release);
    assertThatThrownBy(() -> state.call(execute, null, "d"))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void functionArguments_neverReleased_haveBound() throws LuaFailure {
    state.define(
        "keep",
        arguments -> {
          ((LuaRef) arguments[0]).keep();
          return null;
        });
    load("function main() for i = 1, 10001 do keep(function() end) end end");
    assertThatThrownBy(() -> state.call("main", null)).hasMessageContaining("10000 functions");
  }

  @Test
  void functionArguments_thatNobodyKeeps_areGivenBackWithinTheCall() throws LuaFailure {
    state.define("ignore", arguments -> arguments.length);
    state.define(
        "refuse",
        arguments -> {
          throw new LuaFailure("no");
        });
    state.define(
        "use_and_release",
        arguments -> {
          LuaRef function = (LuaRef) arguments[0];
          function.keep();
          function.release();
          return null;
        });
    load(
        "function main(q)",
        "  for i = 1, 2600 do",
        "    ignore(1, { a = function() end })",
        "    pcall(refuse, function() end)",
        "    use_and_release(function() end)",
        "    q:tag(function() end)",
        "  end",
        "  return ignore(2)",
        "end");
    assertThat(state.call("main", new Recorder())).isEqualTo(1L);
    assertThat(state.call("main", new Recorder())).isEqualTo(1L);
  }

  @Test
  void largeValues_inSeveralParts_surviveBothWays() throws LuaFailure {
    state.define("echo", arguments -> arguments[0]);
    load("function main(v) return echo(v) end");
    List<Object> list = new ArrayList<>();
    for (int i = 0; i < 4000; i++) {
      list.add(i % 3 == 0 ? "text " + i : (Object) (long) i);
    }
    assertThat(state.call("main", null, list)).isEqualTo(list);
    Map<String, Object> map = new HashMap<>();
    for (int i = 0; i < 1000; i++) {
      map.put("key " + i, "x".repeat(i % 50));
    }
    assertThat(state.call("main", null, map)).isEqualTo(map);
  }

  @Test
  void randomCalls_tenThousand_giveWhatTheyShould() throws LuaFailure {
    Random random = new Random(13);
    state.define("echo", arguments -> arguments[0]);
    state.define(
        "stop",
        arguments -> {
          throw new LuaStop(arguments[0]);
        });
    state.define(
        "fail",
        arguments -> {
          throw new LuaFailure("f" + arguments[0]);
        });
    load(
        "function a(q, v) return echo(v) end",
        "function b(q, v) pcall(fail, v) return v end",
        "function c(q, v) return (coroutine.wrap(function() return echo(v) end)()) end",
        "function d(q, v) stop(v) end",
        "function e(q, v) fail(v) end",
        "function f(q, v) return q.name .. v end");
    for (int i = 0; i < 10_000; i++) {
      String path = String.valueOf((char) ('a' + random.nextInt(6)));
      byte[] bytes = new byte[random.nextInt(random.nextInt(100) == 0 ? 30_000 : 30)];
      for (int j = 0; j < bytes.length; j++) {
        bytes[j] = (byte) random.nextInt(128);
      }
      String value = new String(bytes, StandardCharsets.US_ASCII);
      checkCall(path, value);
    }
  }

  private void checkCall(String path, String value) throws LuaFailure {
    Recorder subject = new Recorder();
    switch (path) {
      case "d" -> assertThat(((LuaStop) state.call(path, subject, value)).value()).isEqualTo(value);
      case "e" ->
          assertThatThrownBy(() -> state.call(path, subject, value))
              .isInstanceOf(LuaFailure.class)
              .hasMessageStartingWith("test.lua:5: f");
      case "f" -> assertThat(state.call(path, subject, value)).isEqualTo("value of name" + value);
      default -> assertThat(state.call(path, subject, value)).isEqualTo(value);
    }
  }

  @Test
  void states_createdAndClosedThousandTimes_leaveNothing() throws LuaFailure {
    LuaScript script = script("t = {} for i = 1, 1000 do t[i] = 'x' .. i end");
    for (int i = 0; i < 1000; i++) {
      LuaState another = new LuaState(LuaLimits.DEFAULT);
      another.load(script);
      another.close();
      assertThatThrownBy(() -> another.has("t")).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void state_handedBetweenThreads_keepsItsGlobals() throws Exception {
    load("n = 0 function main(q) n = n + 1 return q.name .. n end");
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      for (int i = 1; i <= 2000; i++) {
        String expected = "value of name" + i;
        Object result = threads.submit(() -> state.call("main", new Recorder())).get();
        assertThat(result).isEqualTo(expected);
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void states_ofManyThreadsAtOnce_dontDisturbEachOther() throws Exception {
    LuaScript script =
        script(
            "function main(q, i) local t = {} for j = 1, 200 do t[j] = q.name .. i end",
            "  return #table.concat(t) end");
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<Long>> results = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        results.add(threads.submit(() -> manyCalls(script)));
      }
      for (Future<Long> result : results) {
        assertThat(result.get()).isEqualTo(100L * 200 * "value of name7".length());
      }
    } finally {
      threads.shutdown();
    }
  }

  private static long manyCalls(LuaScript script) throws LuaFailure {
    long sum = 0;
    try (LuaState own = new LuaState(LuaLimits.DEFAULT)) {
      own.load(script);
      for (int i = 0; i < 100; i++) {
        sum += (Long) own.call("main", new Recorder(), 7);
      }
    }
    return sum;
  }
}
