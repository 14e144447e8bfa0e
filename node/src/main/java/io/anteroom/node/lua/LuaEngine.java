// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.lua;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import party.iroiro.luajava.JFunction;
import party.iroiro.luajava.LuaNatives;
import party.iroiro.luajava.luajit.LuaJit;
import party.iroiro.luajava.luajit.LuaJitNatives;

/**
 * A LuaJIT state with the engine's own files loaded. The Lua stack always has three values: the
 * function that runs an operation, the one that handles its errors, and the memory of the buffer.
 * After the constructor Java calls only lua_pushvalue, lua_pcall, lua_settop and the functions of
 * {@link LuaStack}: none of them allocates outside of the protected call, where a lack of memory
 * would end the process.
 */
final class LuaEngine {
  /** Instructions between two looks at the limits. */
  private static final int STEP = 250;

  static final int OK = 0;

  /** The number of values that are always on the stack. */
  private static final int BASE = 3;

  /** The code of an ordinary error of Lua; others mean that the memory is at its end. */
  static final int ERROR = 2;

  private static final List<String> FILES =
      List.of(
          "memory.lua",
          "prelude.lua",
          "limits.lua",
          "values.lua",
          "subject.lua",
          "calls.lua",
          "sandbox.lua",
          "pattern.lua",
          "text.lua",
          "check.lua");

  /** Address of the code of the allocator, which all states of the process share; 0 for none. */
  private static volatile double allocator;

  private static boolean global;

  private final LuaJit lua;
  private final LuaNatives natives;
  private final long state;
  private final LuaStack stack;
  private final ByteBuffer memory;
  private @Nullable LuaHook hook;
  private @Nullable Object result;

  LuaEngine(LuaLimits limits, LuaHost host) {
    lua = newLua();
    natives = lua.getLuaNatives();
    state = lua.getPointer();
    stack = new LuaStack(natives, state);
    try {
      lua.openLibraries();
      natives.lua_createtable(state, 0, 0);
      number("index", lua.getId());
      number("state", (double) state);
      number("instructions", (double) limits.instructions());
      number("bytes", (double) limits.memoryBytes());
      number("step", limits.instructions() == 0 ? 0 : STEP);
      number("code", allocator);
      natives.lua_pushboolean(state, LuaHook.isAvailable() ? 1 : 0);
      natives.lua_setfield(state, 1, "watched");
      number("max_depth", LuaBuffer.MAX_DEPTH);
      number("max_values", LuaBuffer.MAX_VALUES);
      number("max_bytes", LuaBuffer.MAX_BYTES);
      number("slot", LuaBuffer.SLOT);
      natives.lua_pushboolean(state, limits.allowIo() ? 1 : 0);
      natives.lua_setfield(state, 1, "allow_io");
      function("host", called -> host.called());
      function("direct", called -> host.called(stack));
      FILES.forEach(this::load);
      memory = start();
    } catch (RuntimeException | Error e) {
      lua.close();
      throw e;
    }
  }

  /** The first state makes the functions of the library visible for the FFI of all. */
  private static synchronized LuaJit newLua() {
    LuaJit lua = new LuaJit();
    if (!global) {
      ((LuaJitNatives) lua.getLuaNatives()).loadAsGlobal();
      global = true;
    }
    return lua;
  }

  private void function(String name, JFunction function) {
    natives.luaJ_pushfunction(state, function);
    natives.lua_setfield(state, 1, name);
  }

  private void number(String name, double value) {
    natives.lua_pushnumber(state, value);
    natives.lua_setfield(state, 1, name);
  }

  private void load(String file) {
    byte[] source = read(file);
    ByteBuffer direct = ByteBuffer.allocateDirect(source.length).put(source).flip();
    int code = natives.luaJ_loadbuffer(state, direct, source.length, "=[engine]");
    if (code == OK) {
      natives.lua_pushvalue(state, 1);
      code = natives.lua_pcall(state, 1, 0, 0);
    }
    check(code, file);
  }

  private void check(int code, String what) {
    if (code != OK) {
      throw new IllegalStateException(what + ": " + natives.lua_tostring(state, -1));
    }
  }

  private double number(String name) {
    natives.luaJ_getfield(state, 1, name);
    double value = natives.lua_tonumber(state, -1);
    natives.lua_settop(state, -2);
    return value;
  }

  /** Replaces the shared table by the three values, and puts the limits in place. */
  private ByteBuffer start() {
    allocator = number("code");
    for (String name : List.of("dispatch", "handler", "memory")) {
      natives.luaJ_getfield(state, 1, name);
    }
    natives.luaJ_getfield(state, 1, "start");
    natives.luaJ_getfield(state, 1, "env");
    check(natives.lua_pcall(state, 1, 0, 0), "start");
    hook = newHook();
    natives.lua_remove(state, 1);
    return (ByteBuffer) Objects.requireNonNull(natives.luaJ_todirectbuffer(state, 3));
  }

  private @Nullable LuaHook newHook() {
    long function = (long) number("hook");
    return function == 0
        ? null
        : new LuaHook(
            new LuaHook.Addresses(
                state, function, (long) number("set_hook"), (long) number("get_hook_mask")),
            STEP);
  }

  /** The hook that counts instructions; null if it is always on, or there is no limit. */
  @Nullable LuaHook hook() {
    return hook;
  }

  ByteBuffer memory() {
    return memory;
  }

  /**
   * Runs an operation.
   *
   * @param values the number of values in the buffer
   * @param subject whether the call has a subject
   * @return a code of lua_pcall
   */
  int run(int operation, int id, int values, boolean subject) {
    push(operation, id, values, subject);
    return run(4);
  }

  /**
   * Runs an operation with values on the stack.
   *
   * @param values of the kinds that {@link LuaStack#holds}
   * @param texts the number of which bit i is set if value i is the length of a text in slot i
   */
  int run(int operation, int id, boolean subject, @Nullable Object[] values, int texts) {
    push(operation, id, values.length, subject);
    natives.lua_pushnumber(state, texts);
    for (Object value : values) {
      stack.push(value);
    }
    return run(5 + values.length);
  }

  private void push(int operation, int id, int values, boolean subject) {
    natives.lua_pushvalue(state, 1);
    natives.lua_pushnumber(state, operation);
    natives.lua_pushnumber(state, id);
    natives.lua_pushnumber(state, values);
    natives.lua_pushboolean(state, subject ? 1 : 0);
  }

  private int run(int arguments) {
    int code = natives.lua_pcall(state, arguments, 1, 2);
    result = code == OK ? stack.value(BASE + 1) : null;
    natives.lua_settop(state, BASE);
    return code;
  }

  /** The result of the last operation; {@link LuaStack#ELSEWHERE} if it is in the buffer. */
  @Nullable Object result() {
    return result;
  }

  void close() {
    lua.close();
  }

  private static byte[] read(String file) {
    try (InputStream in = LuaEngine.class.getResourceAsStream(file)) {
      return Objects.requireNonNull(in, file).readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(file, e);
    }
  }
}
