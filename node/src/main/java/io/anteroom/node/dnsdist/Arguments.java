// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.dnsdist.Model.Place;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaRef;
import io.anteroom.node.lua.LuaTypes;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The arguments of a call from Lua, of which each must have a certain type. */
final class Arguments {
  private final @Nullable Object[] values;

  Arguments(@Nullable Object[] values) {
    this.values = values;
  }

  /** An argument; null if it was left out. */
  @Nullable Object value(int index) {
    return index < values.length ? values[index] : null;
  }

  String text(int index) throws LuaFailure {
    return text(value(index));
  }

  /** A function, which stays valid after the call. */
  LuaRef ref(int index) throws LuaFailure {
    if (value(index) instanceof LuaRef ref) {
      ref.keep();
      return ref;
    }
    throw wrong("a function", value(index));
  }

  long number(int index, long fallback) throws LuaFailure {
    Object value = value(index);
    if (value == null) {
      return fallback;
    } else if (value instanceof Long number) {
      return number;
    }
    throw wrong("a whole number", value);
  }

  List<Object> list(int index) throws LuaFailure {
    return list(value(index));
  }

  Map<String, Object> map(int index) throws LuaFailure {
    return map(value(index));
  }

  static String text(@Nullable Object value) throws LuaFailure {
    if (value instanceof byte[] bytes) {
      return new String(bytes, StandardCharsets.ISO_8859_1);
    } else if (value instanceof String text) {
      return text;
    }
    throw wrong("text", value);
  }

  static String text(Map<String, Object> map, String key) throws LuaFailure {
    return text(map.get(key));
  }

  static int integer(Map<String, Object> map, String key) throws LuaFailure {
    if (map.get(key) instanceof Long number) {
      return Math.toIntExact(number);
    }
    throw wrong("a whole number", map.get(key));
  }

  static boolean flag(Map<String, Object> map, String key) {
    return Boolean.TRUE.equals(map.get(key));
  }

  static Place place(Map<String, Object> map) throws LuaFailure {
    return new Place(text(map, "file"), integer(map, "line"));
  }

  /** A list; an empty table of Lua is an empty map. */
  static List<Object> list(@Nullable Object value) throws LuaFailure {
    if (value instanceof Map<?, ?> map && map.isEmpty()) {
      return List.of();
    } else if (value instanceof List<?> list) {
      return List.copyOf(list);
    }
    throw wrong("a list", value);
  }

  static Map<String, Object> map(@Nullable Object value) throws LuaFailure {
    if (!(value instanceof Map<?, ?> map)) {
      throw wrong("a table", value);
    }
    Map<String, Object> copy = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      Object element = entry.getValue();
      if (element != null) {
        copy.put(String.valueOf(entry.getKey()), element);
      }
    }
    return copy;
  }

  /**
   * The value with the keys of all its maps in order. Lua passes them in another order in each
   * process, and the same file should always become the same configuration.
   */
  static Object sorted(Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<String, Object> sorted = new TreeMap<>();
      map.forEach((key, element) -> sorted.put(String.valueOf(key), sorted(element)));
      return sorted;
    } else if (value instanceof List<?> list && list.stream().anyMatch(Map.class::isInstance)) {
      return list.stream().map(Arguments::sorted).toList();
    }
    return value;
  }

  private static LuaFailure wrong(String expected, @Nullable Object value) {
    return new LuaFailure(expected + " is needed, not a " + LuaTypes.nameOf(value));
  }
}
