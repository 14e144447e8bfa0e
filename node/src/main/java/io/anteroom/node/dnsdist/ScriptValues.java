// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaTypes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads what scripts pass to the functions of dnsdist. Its errors name what is wrong. */
final class ScriptValues {
  static final long MAX_U16 = 0xffff;
  static final long MAX_U32 = 0xffff_ffffL;

  private ScriptValues() {}

  /** An argument; null if there are fewer. */
  static @Nullable Object at(@Nullable Object[] arguments, int index) {
    return index < arguments.length ? arguments[index] : null;
  }

  /** A whole number from 0 to {@code most}. */
  static long number(@Nullable Object value, String what, long most) throws LuaFailure {
    if (value instanceof Long number && number >= 0 && number <= most) {
      return number;
    }
    throw new LuaFailure(
        "%s must be a whole number from 0 to %d, not %s".formatted(what, most, shown(value)));
  }

  static boolean flag(@Nullable Object value, String what) throws LuaFailure {
    if (value instanceof Boolean flag) {
      return flag;
    }
    throw new LuaFailure("%s must be true or false, not %s".formatted(what, shown(value)));
  }

  /** A text; a number counts as one, as in Lua. */
  static String text(@Nullable Object value, String what) throws LuaFailure {
    if (value instanceof String || value instanceof Number) {
      return value.toString();
    } else if (value instanceof byte[]) {
      throw new LuaFailure(what + " must be text in UTF-8");
    }
    throw new LuaFailure("%s must be a string, not %s".formatted(what, shown(value)));
  }

  /** A string of any bytes. */
  static byte[] bytes(@Nullable Object value, String what) throws LuaFailure {
    return value instanceof byte[] bytes
        ? bytes
        : text(value, what).getBytes(StandardCharsets.UTF_8);
  }

  /** A table that is a list; one without entries may be either. */
  static List<?> list(@Nullable Object value, String what) throws LuaFailure {
    if (value instanceof List<?> list) {
      return list;
    } else if (value instanceof Map<?, ?> map && map.isEmpty()) {
      return List.of();
    }
    throw new LuaFailure("%s must be a list, not %s".formatted(what, shown(value)));
  }

  /** A table with names as keys. */
  static Map<?, ?> map(@Nullable Object value, String what) throws LuaFailure {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw new LuaFailure("%s must be a table with keys, not %s".formatted(what, shown(value)));
  }

  private static String shown(@Nullable Object value) {
    String type = LuaTypes.nameOf(value);
    return value instanceof Number || value instanceof Boolean ? value.toString() : "a " + type;
  }
}
