// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.lua;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The types of Lua, for messages to authors of scripts. */
public final class LuaTypes {
  private LuaTypes() {}

  /** The name that Lua has for the type of a value, as {@link LuaFunction} gets it. */
  public static String nameOf(@Nullable Object value) {
    if (value == null) {
      return "nil";
    } else if (value instanceof Boolean) {
      return "boolean";
    } else if (value instanceof Number) {
      return "number";
    } else if (value instanceof LuaRef) {
      return "function";
    }
    return value instanceof List || value instanceof Map ? "table" : "string";
  }
}
