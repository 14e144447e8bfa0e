// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.lua;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.anteroom.node.lua.LuaFailure.Kind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Scripts by authors who want to stop the node. */
class LuaSandboxTest {
  private static final LuaLimits LIMITS = new LuaLimits(1_000_000, 16 << 20, false);

  private LuaState state = new LuaState(LIMITS);

  @AfterEach
  void close() {
    state.close();
  }

  private Object run(String body) throws LuaFailure {
    state.load(LuaStateTest.script("function main()", body, "end"));
    return state.call("main", null);
  }

  private void checkThatNextCallWorks() throws LuaFailure {
    if (state.isBroken()) {
      state.close();
      state = new LuaState(LIMITS);
    }
    state.load(LuaStateTest.script("function ok() return ('x'):rep(3) .. #'yy' end"));
    assertThat(state.call("ok", null)).isEqualTo("xxx2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "while true do end",
        "local function f() return f() end return f()",
        "pcall(function() while true do end end) return 1",
        "while true do pcall(function() while true do end end) end",
        "xpcall(function() while true do end end, function(e) return e end) return 1",
        "xpcall(error, function(e) while true do end end) return 1",
        "xpcall(function() error(1) end, function(e) while true do end end) while true do end",
        "local c = coroutine.create(function() while true do end end)"
            + " coroutine.resume(c) return 1",
        "local c = coroutine.wrap(function() while true do end end) pcall(c) return 1",
        "while true do coroutine.wrap(function() end)() end",
        "local t = setmetatable({}, {__eq = function() while true do end end})"
            + " return t == setmetatable({}, getmetatable(t))",
        "local t = setmetatable({}, {__tostring = function() while true do end end})"
            + " pcall(tostring, t) pcall(print, t) pcall(string.format, '%s', t) return 1",
        "local t = {} for i = 1, 200 do t[i] = -i end"
            + " pcall(table.sort, t, function(a, b) while true do end end) return 1",
        "local t = {} for i = 1, 2e5 do t[i] = -i end while true do table.sort(t) end",
        "string.gsub('aaa', 'a', function() while true do end end)",
        "pcall(string.gsub, 'aaa', 'a', function() while true do end end) return 1",
        "for w in string.gmatch(('a'):rep(1000), 'a') do while true do end end",
        "pcall(load, function() while true do end end) return 1",
        "pcall(load, function() return ' ' end) return 1",
        "while true do load('return 1') end",
        "local t = {} for i = 1, 1e5 do t[i] = i end while true do table.insert(t, 1, 0) end",
        "local t = {} for i = 1, 1e5 do t[i] = i end while true do table.remove(t, 1) end",
        "while true do tostring({}) end",
        "local s = ('x'):rep(1e6) while true do local t = s:upper() end",
        "local s, t = ('x'):rep(1e6) .. 'a', ('x'):rep(1e6) .. 'b' while s < t do end",
        "local s = ('x'):rep(1e6) while true do local _ = s .. '1' end",
        "local s = ('x'):rep(1e6) .. 'y' while true do s:find(('x'):rep(5e5) .. 'z', 1, true) end",
        "local t = {} for i = 1, 5e3 do t[i] = 'x' end while true do table.concat(t) end",
        "return ('a'):rep(1e5):find(('a*'):rep(30) .. 'b')",
        "return ('a'):rep(1e5):match(('a-'):rep(30) .. 'b')",
        "return ('a'):rep(1e5):gsub(('a?'):rep(190) .. 'b', '')",
        "for w in ('a'):rep(1e5):gmatch(('a*'):rep(30) .. 'b') do end",
        "return ('('):rep(1e5):find('%b()')",
        "return (('a'):rep(1e4) .. 'b'):rep(3):find('(.*)%1%1%1c')",
        "return table.concat({}, ',', 1, 1e9)",
        "while true do os.date() end",
        "local q = setmetatable({}, {__index = function() while true do end end}) return {q.x}",
        "local c c = function() coroutine.wrap(function() c() end)() end pcall(c) while true do end",
      })
  void loop_howeverHidden_endsByItsLimit(String body) throws LuaFailure {
    LuaFailure failure = (LuaFailure) catchThrowable(() -> run(body));
    assertThat(failure).isNotNull();
    assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(Kind.INSTRUCTIONS);
    assertThat(failure).hasMessageStartingWith("test.lua:");
    checkThatNextCallWorks();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "local s = 'x' while true do s = s .. s end",
        "return ('x'):rep(1e9)",
        "return ('x'):rep(1e7, 'yyyyyyyyyyy')",
        "local t = {} for i = 1, 1e9 do t[i] = i end",
        "local t = {} for i = 1, 1e9 do t['k' .. i] = i end",
        "local t = {} for i = 1, 1e9 do t[i] = {} end",
        "local t = {} while true do t[#t + 1] = ('x'):rep(1e5) .. #t end",
        "pcall(function() local s = 'x' while true do s = s .. s end end) return 1",
        "while true do pcall(function() local s = 'x' while true do s = s .. s end end) end",
        "coroutine.wrap(function() local s = 'x' while true do s = s .. s end end)()",
        "xpcall(function() return ('x'):rep(1e9) end, function(e) return ('x'):rep(1e9) end)"
            + " return 1",
        "local t = {} for i = 1, 1e5 do t[i] = coroutine.wrap(function() coroutine.yield() end)"
            + " t[i]() end",
        "local t = {('x'):rep(1e5)} for i = 2, 1000 do t[i] = t[1] end return #table.concat(t)",
        "local s = ('x'):rep(1e5) return #(('a'):rep(1000):gsub('a', s))",
      })
  void memory_howeverTaken_endsByItsLimit(String body) throws LuaFailure {
    LuaFailure failure = (LuaFailure) catchThrowable(() -> run(body));
    assertThat(failure).isNotNull();
    assertThat(failure.kind()).as(failure.getMessage()).isIn(Kind.MEMORY, Kind.INSTRUCTIONS);
    assertThat(failure).hasMessageStartingWith("test.lua");
    checkThatNextCallWorks();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "return select('#', unpack({}, 1, 1e8))",
        "local function f() return 1 + f() end return f()",
        "local function f() return (('a'):gsub('a', f)) end return f()",
        "local function f() return (pcall(f)) and error('x') end f() error('deep')",
        "local function f() table.sort({1, 2}, f) end f()",
        "local function f() coroutine.wrap(f)() end f()",
        "local t = {} setmetatable(t, {__tostring = function() return tostring(t) end})"
            + " return tostring(t)",
        "local t = {} setmetatable(t, {__tostring = function() return ('%s'):format(t) end})"
            + " return tostring(t)",
        "local f f = function() xpcall(error, f) error('x') end f()",
        "local t = {} setmetatable(t, {__index = t}) return t.x.y",
        "local t = setmetatable({}, {}) getmetatable(t).__index = t return t.x.y",
        "local t = {} for i = 1, 300 do t = setmetatable({}, {__index = t}) end return t.x.y",
        "local a, b = setmetatable({}, {}), setmetatable({}, {}) getmetatable(a).__lt = function()"
            + " return a < b end getmetatable(b).__lt = getmetatable(a).__lt return a < b",
        "local t = {} setmetatable(t, {__concat = function(a, b) return a .. b end}) return t .. t",
        "local t = {} setmetatable(t, {__call = t}) return t()",
        "local t = setmetatable({}, {__index = function(t, k) return t[k + 1] end}) return t[1]",
        "local t t = setmetatable({}, {__index = function() return os.time(t) end})"
            + " return os.time(t)",
        "local function new() return coroutine.wrap(function() pcall(coroutine.yield) f() end) end"
            + " function f() local c = new() c() c() end f()",
        "local function deep(n, g) return coroutine.wrap(function() if n == 0 then g() else"
            + " deep(n - 1, g) end end)() end local function f() local c = coroutine.wrap("
            + "function() pcall(coroutine.yield) deep(30, f) end) c() deep(5, c) end f()",
        "local function f() local c = coroutine.wrap(function() tostring(setmetatable({},"
            + " {__tostring = function() coroutine.yield() return 'x' end})) f() end)"
            + " c() c() end f()",
        "return next({}, 'absent')",
        "return loadstring('return {' .. ('{},'):rep(3e5) .. '}')()",
        "return ('x'):format('%99999d', 1), ('%99999d'):format(1)",
        "return ('%y'):format(1)",
        "return os.date('%Ez')",
        "return os.date('%')",
        "return os.date('*t', 1e300).year",
        "return os.date('*t', 0/0).year",
        "return os.time({year = 1e300, month = 1, day = 1}) + nil",
        "return load('\\27LJ\\2')()",
        "return loadstring('\\27LJ\\2')()",
        "return setmetatable({}, 1)",
        "return getmetatable('').__index.x",
        "setmetatable('x', {})",
        "return ipairs()",
        "return table.concat({{}})",
        "table.insert({}, -1e15, 1) error('x')",
        "table.insert({}, 1e15, 1) error('x')",
        "table.remove({}, -1e15) error('x')",
        "return string.char(256)",
        "return ('x'):byte(1, 1e9) + nil",
        "return ('x'):rep(1e6):byte(1, -1)",
        "return tonumber('1', 99)",
        "return function() end",
        "return {function() end}",
        "return coroutine.create(function() end)",
        "return coroutine.yield(1)",
        "local t = {} t.t = t return t",
        "return {[{}] = 1}",
        "local t = {} for i = 1, 20000 do t[i] = i end return t",
        "return ('x'):rep(200000)",
        "error()",
        "error(nil)",
        "error(setmetatable({}, {__tostring = function() error('y') end}))",
        "local c = coroutine.wrap(function() error('x') end) c()",
        "local c = coroutine.wrap(function() end) c() c()",
        "local c c = coroutine.wrap(function() c() end) c()",
      })
  void misuse_ofAnything_isOrdinaryError(String body) throws LuaFailure {
    LuaFailure failure = (LuaFailure) catchThrowable(() -> run(body));
    assertThat(failure).isNotNull();
    assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(Kind.ERROR);
    assertThat(failure).hasMessageStartingWith("test.lua:");
    assertThat(state.isBroken()).isFalse();
    checkThatNextCallWorks();
  }

  @Test
  void environment_hasNothingDangerous() throws LuaFailure {
    state.load(
        LuaStateTest.script(
            "function names(t)",
            "  local n = {}",
            "  for k in pairs(t or _G) do n[#n + 1] = k end",
            "  table.sort(n)",
            "  return table.concat(n, ' ')",
            "end",
            "function os_names() return names(os) end",
            "function string_names() return names(string) end",
            "function strings() return getmetatable('') end"));
    assertThat(state.call("names", null))
        .isEqualTo(
            "_G _VERSION assert bit collectgarbage coroutine error getmetatable ipairs load"
                + " loadstring math names next os os_names pairs pcall print rawequal rawget"
                + " rawset select setmetatable string string_names strings table tonumber"
                + " tostring type unpack xpcall");
    assertThat(state.call("os_names", null)).isEqualTo("clock date difftime time");
    assertThat(state.call("string_names", null))
        .isEqualTo("byte char dump find format gmatch gsub len lower match rep reverse sub upper");
    assertThat(state.call("strings", null)).isEqualTo("string");
  }

  @Test
  void libraries_changedByScript_dontHurtTheEngine() throws LuaFailure {
    run(
        """
        for _, t in ipairs{string, table, math, coroutine, os, bit} do
          for k in pairs(t) do t[k] = function() error("changed") end end
        end
        local g = _G
        for k in pairs(g) do if k ~= "main" then g[k] = nil end end
        """);
    LuaStateTest.Recorder subject = new LuaStateTest.Recorder();
    state.define("T.echo", arguments -> arguments[0]);
    state.load(LuaStateTest.script("function after(q, x) q.y = q.name return T.echo(x) end"));
    assertThat(state.call("after", subject, "x\0")).isEqualTo("x\0");
    assertThat(subject.events).containsExactly("y = value of name");
    assertThatThrownBy(() -> state.call("main", null)).hasMessageStartingWith("test.lua:");
  }

  @Test
  void ioLibrary_isThereOnlyIfAllowed() throws LuaFailure {
    try (LuaState allowed = new LuaState(new LuaLimits(1_000_000, 16 << 20, true))) {
      allowed.load(
          LuaScript.compile(
              "test.lua",
              ("function main() local h = io.popen('printf x') local s = h:read('*a') h:close()"
                      + " return s .. tostring(os['ex' .. 'it']) .. type(os.execute) end")
                  .getBytes(java.nio.charset.StandardCharsets.UTF_8),
              new LuaLimits(1_000_000, 16 << 20, true)));
      assertThat(allowed.call("main", null)).isEqualTo("xnilfunction");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "return os.date('!%Y-%m-%d', 0)           | 1970-01-01",
        "return os.date('!*t', 0).year            | 1970",
        "return select('#', pcall(error))         | 2",
        "return select(2, pcall(error, 'x', 0))   | x",
        "return (select(2, xpcall(error, function(e) return e .. 'y' end, 'x', 0))) | xy",
        "return coroutine.wrap(function(a) return coroutine.yield(a) end)(5) | 5",
        "return table.concat({1, 2, 3}, '-', 2)   | 2-3",
        "local t = {3, 1, 2} table.sort(t) return table.concat(t) | 123",
        "local t = {1, 3} table.insert(t, 2, 2) table.insert(t, 4) return table.concat(t) | 1234",
        "local t = {1, 2, 3} table.remove(t, 1) return table.remove(t) | 3",
        "return load('return 1 + 1')()            | 2",
        "local n = 0 return load(function() n = n + 1 return ({'return ', '7'})[n] end)() | 7",
        "return ('%5.2f %s %q'):format(1.5, 'a', 'b') | ' 1.50 a \"b\"'",
      })
  void librariesOfLua_workAsTheyDo(String body, String expected) throws LuaFailure {
    assertThat(String.valueOf(run(body))).isEqualTo(expected);
  }
}
