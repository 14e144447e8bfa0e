// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.lua;

import org.jspecify.annotations.Nullable;
import party.iroiro.luajava.LuaNatives;
import party.iroiro.luajava.luajit.LuaJitNatives;

/**
 * Numbers, booleans and nil on the stack of a Lua state, where they cost less than in the {@link
 * LuaBuffer}. None of its methods allocates memory of Lua, so none can fail for a lack of it. It
 * sees the stack of the main coroutine only.
 */
final class LuaStack {
  private static final int NIL = 0;
  private static final int BOOLEAN = 1;
  private static final int NUMBER = 3;
  private static final int STRING = 4;

  /** Stands for a value that is not on the stack. */
  static final Object ELSEWHERE = new Object();

  private final LuaJitNatives natives;
  private final long state;

  LuaStack(LuaNatives natives, long state) {
    this.natives = (LuaJitNatives) natives;
    this.state = state;
  }

  /** The number of values. */
  int count() {
    return natives.lua_gettop(state);
  }

  int integer(int index) {
    return (int) natives.lua_tonumber(state, index);
  }

  /** A value; {@link #ELSEWHERE} for text and everything else that has to be in the buffer. */
  @Nullable Object value(int index) {
    return switch (natives.lua_type(state, index)) {
      case NIL -> null;
      case BOOLEAN -> natives.lua_toboolean(state, index) != 0;
      case NUMBER -> LuaBuffer.number(natives.lua_tonumber(state, index));
      default -> ELSEWHERE;
    };
  }

  /** The length of a text in bytes; -1 if the value is none. */
  int textLength(int index) {
    return natives.lua_type(state, index) == STRING ? (int) natives.lua_objlen(state, index) : -1;
  }

  /** Whether a value is one that can be pushed. */
  static boolean holds(@Nullable Object value) {
    return value == null || value instanceof Boolean || value instanceof Number;
  }

  /** Pushes a value; false if it has to be in the buffer. */
  boolean push(@Nullable Object value) {
    if (value == null) {
      natives.lua_pushnil(state);
    } else if (value instanceof Boolean bool) {
      natives.lua_pushboolean(state, bool ? 1 : 0);
    } else if (value instanceof Number number) {
      natives.lua_pushnumber(state, number.doubleValue());
    } else {
      return false;
    }
    return true;
  }
}
