// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The values that operations take and return, and that survive while a policy waits: null, {@code
 * Boolean}, {@code Long}, {@code Double}, {@code String}, {@code byte[]}, and lists and maps of
 * these with names as keys. Nothing else can be sent to another node.
 */
public final class Values {
  /** Maximum depth of lists and maps in one another. */
  public static final int MAX_DEPTH = 8;

  /** Maximum number of values in one map of values, counted with those inside of others. */
  public static final int MAX_VALUES = 10_000;

  /** Maximum size in bytes of all names, text (in UTF-8) and bytes in one map of values. */
  public static final int MAX_BYTES = 128 * 1024;

  /** Size of a value without text or bytes: its tag, and a number or a length. */
  private static final int VALUE_BYTES = 9;

  /** Maximum size of the length of a name, or of the number of values in a map. */
  private static final int LENGTH_BYTES = 3;

  private int values;
  private long bytes;

  private Values() {}

  /**
   * An immutable copy of these values, in the same order. Arrays of bytes are not copied, so the
   * caller must not change them afterwards. Numbers of other classes become {@code Long} or {@code
   * Double}.
   *
   * @throws IllegalArgumentException if a value has another class, or a bound is exceeded
   */
  public static Map<String, @Nullable Object> checked(Map<String, ?> values) {
    return new Values().map(values, 0);
  }

  /** Maximum serialized size in bytes of values that have been checked. */
  public static int maxBytes(Map<String, ?> values) {
    int bytes = LENGTH_BYTES;
    for (Map.Entry<String, ?> entry : values.entrySet()) {
      bytes += LENGTH_BYTES + utf8Length(entry.getKey()) + maxBytes(entry.getValue());
    }
    return bytes;
  }

  private static int maxBytes(@Nullable Object value) {
    int bytes = VALUE_BYTES;
    if (value instanceof String text) {
      bytes += utf8Length(text);
    } else if (value instanceof byte[] array) {
      bytes += array.length;
    } else if (value instanceof List<?> list) {
      for (Object element : list) {
        bytes += maxBytes(element);
      }
    } else if (value instanceof Map<?, ?> map) {
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        String name = (String) entry.getKey();
        bytes += LENGTH_BYTES + utf8Length(name) + maxBytes(entry.getValue());
      }
    }
    return bytes;
  }

  /** An upper bound of the length in UTF-8, exact for text without unpaired surrogates. */
  private static int utf8Length(String text) {
    int length = text.length();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 0x80) {
        length += c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
      }
    }
    return length;
  }

  private Map<String, @Nullable Object> map(Map<?, ?> map, int depth) {
    Map<String, @Nullable Object> copy = new LinkedHashMap<>();
    map.forEach(
        (name, value) -> {
          if (!(name instanceof String text)) {
            throw new IllegalArgumentException("a name must be text, not " + typeOf(name));
          }
          add(utf8Length(text));
          copy.put(text, value(value, depth));
        });
    return Collections.unmodifiableMap(copy);
  }

  private List<@Nullable Object> list(List<?> list, int depth) {
    List<@Nullable Object> copy = new ArrayList<>(Math.min(list.size(), MAX_VALUES));
    list.forEach(value -> copy.add(value(value, depth)));
    return Collections.unmodifiableList(copy);
  }

  private @Nullable Object value(@Nullable Object value, int depth) {
    add(VALUE_BYTES);
    if (++values > MAX_VALUES) {
      throw new IllegalArgumentException("more than " + MAX_VALUES + " values");
    } else if (value == null || value instanceof Boolean || value instanceof Long) {
      return value;
    } else if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
      return ((Number) value).longValue();
    } else if (value instanceof Double || value instanceof Float) {
      return ((Number) value).doubleValue();
    } else if (value instanceof String text) {
      add(utf8Length(text));
      return text;
    } else if (value instanceof byte[] array) {
      add(array.length);
      return array;
    } else if (depth == MAX_DEPTH) {
      throw new IllegalArgumentException("more than " + MAX_DEPTH + " lists in one another");
    } else if (value instanceof List<?> list) {
      return list(list, depth + 1);
    } else if (value instanceof Map<?, ?> map) {
      return map(map, depth + 1);
    }
    throw new IllegalArgumentException(typeOf(value) + " can't be sent to another node");
  }

  private void add(long size) {
    bytes += size;
    if (bytes > MAX_BYTES) {
      throw new IllegalArgumentException("more than " + MAX_BYTES + " bytes");
    }
  }

  private static String typeOf(@Nullable Object value) {
    return value == null ? "null" : "a " + value.getClass().getName();
  }
}
