// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.kryo;

import io.anteroom.protocol.Values;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How {@link Values} are represented in messages: each is a tag of one byte that names its class,
 * and its content. A tag never changes its meaning.
 */
final class ValueTags {
  private static final int NULL = 0;
  private static final int FALSE = 1;
  private static final int TRUE = 2;
  private static final int LONG = 3;
  private static final int DOUBLE = 4;
  private static final int TEXT = 5;
  private static final int BYTES = 6;
  private static final int LIST = 7;
  private static final int MAP = 8;

  private ValueTags() {}

  static void write(FieldWriter out, @Nullable Object value) {
    if (value == null) {
      out.number8(NULL);
    } else if (value instanceof Boolean flag) {
      out.number8(flag ? TRUE : FALSE);
    } else if (value instanceof Long number) {
      out.number8(LONG);
      out.fixed64(number);
    } else if (value instanceof Double number) {
      out.number8(DOUBLE);
      out.fixed64(Double.doubleToRawLongBits(number));
    } else if (value instanceof String text) {
      out.number8(TEXT);
      out.text(text);
    } else {
      writeMany(out, value);
    }
  }

  private static void writeMany(FieldWriter out, Object value) {
    if (value instanceof byte[] bytes) {
      out.number8(BYTES);
      out.bytes(bytes);
    } else if (value instanceof List<?> list) {
      out.number8(LIST);
      out.number(list.size());
      list.forEach(element -> write(out, element));
    } else if (value instanceof Map<?, ?> map) {
      out.number8(MAP);
      out.number(map.size());
      map.forEach(
          (name, element) -> {
            out.text((String) name);
            write(out, element);
          });
    } else {
      throw new IllegalArgumentException("no value: " + value.getClass().getName());
    }
  }

  /** Reads the values of one record; the bounds of {@link Values} hold for all of them together. */
  static final class Reading {
    private final FieldReader in;
    private int left = Values.MAX_VALUES;

    Reading(FieldReader in) {
      this.in = in;
    }

    Map<String, @Nullable Object> map(int depth) {
      int size = in.size(left);
      Map<String, @Nullable Object> map = new LinkedHashMap<>();
      for (int i = 0; i < size; i++) {
        map.put(in.text(Values.MAX_BYTES), value(depth));
      }
      return map;
    }

    private List<@Nullable Object> list(int depth) {
      int size = in.size(left);
      List<@Nullable Object> list = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        list.add(value(depth));
      }
      return list;
    }

    private @Nullable Object value(int depth) {
      if (--left < 0) {
        throw new Malformed("more than " + Values.MAX_VALUES + " values");
      }
      int tag = in.number8();
      return switch (tag) {
        case NULL -> null;
        case FALSE -> false;
        case TRUE -> true;
        case LONG -> in.fixed64();
        case DOUBLE -> Double.longBitsToDouble(in.fixed64());
        case TEXT -> in.text(Values.MAX_BYTES);
        case BYTES -> in.bytes(Values.MAX_BYTES);
        case LIST -> list(deeper(depth));
        case MAP -> map(deeper(depth));
        default -> throw new Malformed("a value with the unknown tag " + tag);
      };
    }

    private static int deeper(int depth) {
      if (depth == Values.MAX_DEPTH) {
        throw new Malformed("more than " + Values.MAX_DEPTH + " lists in one another");
      }
      return depth + 1;
    }
  }
}
