// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.lua;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import party.iroiro.luajava.LuaNatives;
import party.iroiro.luajava.luajit.LuaJit;
import party.iroiro.luajava.luajit.LuaJitNatives;

/**
 * A LuaJIT state with the engine's own files loaded. The Lua stack always has three values: the
 * function that runs an operation, the one that handles its errors, and the memory of the buffer.
 * After the constructor Java calls only lua_pushvalue, lua_pcall and lua_settop: none of them
 * allocates outside of the protected call, where a lack of memory would end the process.
 */
final class LuaEngine {
  /** Instructions between two looks at the limits. */
  private static final int STEP = 250;

  static final int OK = 0;

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
  private final ByteBuffer memory;

  LuaEngine(LuaLimits limits, Runnable host) {
    lua = newLua();
    natives = lua.getLuaNatives();
    state = lua.getPointer();
    try {
      lua.openLibraries();
      natives.lua_createtable(state, 0, 0);
      number("index", lua.getId());
      number("state", (double) state);
      number("instructions", (double) limits.instructions());
      number("bytes", (double) limits.memoryBytes());
      number("step", limits.instructions() == 0 ? 0 : STEP);
      number("code", allocator);
      number("max_depth", LuaBuffer.MAX_DEPTH);
      number("max_values", LuaBuffer.MAX_VALUES);
      number("max_bytes", LuaBuffer.MAX_BYTES);
      natives.lua_pushboolean(state, limits.allowIo() ? 1 : 0);
      natives.lua_setfield(state, 1, "allow_io");
      natives.luaJ_pushfunction(state, callback(host));
      natives.lua_setfield(state, 1, "host");
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

  private static party.iroiro.luajava.JFunction callback(Runnable host) {
    return lua -> {
      host.run();
      return 0;
    };
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

  /** Replaces the shared table by the three values, and puts the limits in place. */
  private ByteBuffer start() {
    natives.luaJ_getfield(state, 1, "code");
    allocator = natives.lua_tonumber(state, -1);
    natives.lua_settop(state, 1);
    for (String name : List.of("dispatch", "handler", "memory")) {
      natives.luaJ_getfield(state, 1, name);
    }
    natives.luaJ_getfield(state, 1, "start");
    natives.luaJ_getfield(state, 1, "env");
    check(natives.lua_pcall(state, 1, 0, 0), "start");
    natives.lua_remove(state, 1);
    return (ByteBuffer) Objects.requireNonNull(natives.luaJ_todirectbuffer(state, 3));
  }

  ByteBuffer memory() {
    return memory;
  }

  /** Runs the operation that the buffer asks for; the result is a code of lua_pcall. */
  int run() {
    natives.lua_pushvalue(state, 1);
    int code = natives.lua_pcall(state, 0, 0, 2);
    if (code != OK) {
      natives.lua_settop(state, 3);
    }
    return code;
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
