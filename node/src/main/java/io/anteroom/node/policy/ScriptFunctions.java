// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaRef;
import io.anteroom.node.lua.LuaTypes;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Checks what scripts pass to functions of worker tasks. Errors get the place of the caller. */
final class ScriptFunctions {
  private ScriptFunctions() {}

  /** The argument at this index; null if there are fewer. */
  static @Nullable Object argument(@Nullable Object[] arguments, int index) {
    return index < arguments.length ? arguments[index] : null;
  }

  /** The bytes of a string. */
  static byte[] bytes(@Nullable Object value, String what) throws LuaFailure {
    if (value instanceof byte[] bytes) {
      return bytes;
    } else if (value instanceof String text) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    throw new LuaFailure("%s must be a string, not a %s".formatted(what, LuaTypes.nameOf(value)));
  }

  /** A string as text; bytes that are no UTF-8 become replacement characters. */
  static String text(@Nullable Object value, String what) throws LuaFailure {
    return new String(bytes(value, what), StandardCharsets.UTF_8);
  }

  /** A function, or null if there is none. */
  static @Nullable LuaRef function(@Nullable Object value, String what) throws LuaFailure {
    if (value == null || value instanceof LuaRef) {
      return (LuaRef) value;
    }
    throw new LuaFailure("%s must be a function, not a %s".formatted(what, LuaTypes.nameOf(value)));
  }
}
