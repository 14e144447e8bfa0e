// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.lua;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The buffer through which a Lua state and Java exchange values; {@code prelude.lua} describes it.
 * It is memory of the state, so it must not be touched after the state was closed.
 */
// The only buffer without an array is the one that both sides share, which is compared by identity.
@SuppressWarnings({"ReferenceEquality", "ByteBufferBackingArray"})
final class LuaBuffer {
  static final int SIZE = 65536;
  static final int HEADER = 32;

  /** The size of one of the slots for arguments that are text. */
  static final int SLOT = 16_376;

  /** The number of slots, and of arguments that can be on the stack. */
  static final int SLOTS = 4;

  /** These bounds let all pass that {@code io.anteroom.protocol.Values} allows, and a bit more. */
  static final int MAX_DEPTH = 10;

  static final int MAX_VALUES = 10_100;
  static final int MAX_BYTES = 128 * 1024 + 1024;

  /** Maximum size of what scripts pass in one go, as they may pass values of no bytes too. */
  private static final int MAX_TRANSFER = 4 << 20;

  private static final double MAX_INTEGRAL = 1L << 53;

  /** The word that is not 0 if there are functions to take back. */
  private static final int GIVEN_BACK = 5;

  private static final int NIL = 0;
  private static final int FALSE = 1;
  private static final int TRUE = 2;
  private static final int NUMBER = 3;
  private static final int STRING = 4;
  private static final int LIST = 5;
  private static final int MAP = 6;
  private static final int REF = 7;

  private final ByteBuffer shared;
  private final LuaState state;

  /** The functions that Lua passed since it was last given some back. */
  private final List<LuaRef> passed = new ArrayList<>();

  /** Values that Lua passed in several parts, until the last one has come. */
  private byte[] parts = {};

  private int partsLength;
  private ByteBuffer source;
  private ByteBuffer target;
  private int values;
  private long bytes;

  LuaBuffer(ByteBuffer shared, LuaState state) {
    this.shared = shared.order(ByteOrder.LITTLE_ENDIAN);
    this.state = state;
    source = this.shared;
    target = this.shared;
  }

  int word(int index) {
    return shared.getInt(index << 2);
  }

  void word(int index, int value) {
    shared.putInt(index << 2, value);
  }

  // ------------------------------------------------------------------------------ Lua to Java

  /** Keeps what the buffer has, as Lua goes on with the next part. */
  void keepPart() {
    int length = word(3);
    if (word(4) == 1) {
      partsLength = 0;
    }
    if (partsLength + length > MAX_TRANSFER) {
      throw new IllegalArgumentException("more than " + MAX_TRANSFER + " bytes");
    } else if (partsLength + length > parts.length) {
      parts = Arrays.copyOf(parts, Math.max(2 * parts.length, partsLength + length));
    }
    shared.get(HEADER, parts, partsLength, length);
    partsLength += length;
  }

  /** Begins to read the values that Lua wrote. */
  void open() {
    if (partsLength == 0) {
      source = shared;
      source.limit(SIZE).position(HEADER);
    } else {
      word(4, 0);
      keepPart();
      source = ByteBuffer.wrap(parts, 0, partsLength).order(ByteOrder.LITTLE_ENDIAN);
      parts = new byte[0];
      partsLength = 0;
    }
  }

  /** Forgets parts that an error kept from being read. */
  void forget() {
    partsLength = 0;
  }

  @Nullable Object[] take(int count) {
    @Nullable Object[] taken = new @Nullable Object[count];
    for (int i = 0; i < count; i++) {
      taken[i] = take();
    }
    return taken;
  }

  @Nullable Object take() {
    int tag = source.getInt();
    int length = source.getInt();
    return switch (tag) {
      case NIL -> null;
      case FALSE -> false;
      case TRUE -> true;
      case NUMBER -> number(source.getDouble());
      case STRING -> text(takeBytes(length));
      case LIST -> Arrays.asList(take(length));
      case MAP -> takeMap(length);
      case REF -> passed(length);
      default -> throw new IllegalStateException("unknown tag " + tag);
    };
  }

  private LuaRef passed(int id) {
    LuaRef ref = new LuaRef(state, id);
    passed.add(ref);
    return ref;
  }

  /** Gives the functions back that a call has passed and that nobody keeps. */
  void giveBack() {
    passed.forEach(LuaRef::releaseUnlessKept);
    passed.clear();
    word(GIVEN_BACK, state.hasReleased() ? 1 : 0);
  }

  /** The functions to take back, by number, at most as many as fit. */
  List<Long> released() {
    List<Long> ids = new ArrayList<>();
    for (Long id = state.pollReleased(); id != null; id = state.pollReleased()) {
      ids.add(id);
    }
    return ids;
  }

  private Map<String, @Nullable Object> takeMap(int length) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (int i = 0; i < length; i++) {
      source.getInt();
      map.put(new String(takeBytes(source.getInt()), StandardCharsets.UTF_8), take());
    }
    return map;
  }

  byte[] takeRaw() {
    source.getInt();
    return takeBytes(source.getInt());
  }

  private byte[] takeBytes(int length) {
    byte[] taken = new byte[length];
    source.get(taken);
    source.position(Math.min(source.limit(), (source.position() + 7) & ~7));
    return taken;
  }

  static Object number(double number) {
    if (number == Math.rint(number) && Math.abs(number) <= MAX_INTEGRAL) {
      return (long) number;
    }
    return number;
  }

  static Object text(byte[] bytes) {
    for (byte b : bytes) {
      if (b < 0) {
        return decoded(bytes);
      }
    }
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Without an exception for bytes that are no text, as DNS messages of scripts are. */
  private static Object decoded(byte[] bytes) {
    CharBuffer text = CharBuffer.allocate(bytes.length);
    CoderResult end =
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes), text, true);
    return end.isUnderflow() ? text.flip().toString() : bytes;
  }

  /** The text in a slot, where Lua puts the text of an argument that is on the stack. */
  byte[] slot(int index, int length) {
    byte[] taken = new byte[length];
    shared.get(HEADER + index * SLOT, taken);
    return taken;
  }

  // ------------------------------------------------------------------------------ Java to Lua

  /**
   * Writes a text without tag or length from the beginning of a slot.
   *
   * @param most its largest length in bytes
   * @return its length in bytes; -1 if the value is no text, or too long
   */
  int putBare(@Nullable Object value, int slot, int most) {
    byte[] raw;
    if (value instanceof byte[] given) {
      raw = given;
    } else if (value instanceof String text && text.length() <= most) {
      raw = text.getBytes(StandardCharsets.UTF_8);
    } else {
      return -1;
    }
    if (raw.length > most) {
      return -1;
    }
    shared.put(HEADER + slot * SLOT, raw);
    return raw.length;
  }

  /** Begins to write values. */
  void begin() {
    values = 0;
    bytes = 0;
    target = shared;
    target.limit(SIZE).position(HEADER);
  }

  /** Ends to write values: the header gets their size. */
  void end() {
    int length = target.position() - HEADER;
    word(3, length);
    if (target != shared) {
      target.flip();
      shared.put(HEADER, target.array(), HEADER, SIZE - HEADER);
      target.position(SIZE);
    }
  }

  /** Gives Lua the next part of values that are larger than the buffer. */
  void nextPart() {
    int length = Math.min(target.remaining(), SIZE - HEADER);
    shared.put(HEADER, target.array(), target.position(), length);
    target.position(target.position() + length);
    word(3, length);
  }

  /**
   * Writes a value.
   *
   * @throws IllegalArgumentException if it has a class that Lua can't get, or a bound is exceeded
   */
  void put(@Nullable Object value) {
    put(value, 0);
  }

  private void put(@Nullable Object value, int depth) {
    if (++values > MAX_VALUES) {
      throw new IllegalArgumentException("more than " + MAX_VALUES + " values");
    }
    if (value instanceof String text) {
      putText(text);
    } else if (value == null) {
      header(NIL, 0, 0);
    } else if (value instanceof Number number) {
      header(NUMBER, 0, Double.BYTES);
      target.putDouble(number.doubleValue());
    } else if (value instanceof Boolean bool) {
      header(bool ? TRUE : FALSE, 0, 0);
    } else if (value instanceof byte[] array) {
      count(array.length);
      putRaw(array);
    } else if (value instanceof LuaRef ref) {
      header(REF, ref.id(state), 0);
    } else if (depth == MAX_DEPTH) {
      throw new IllegalArgumentException("more than " + MAX_DEPTH + " lists in one another");
    } else if (value instanceof List<?> list) {
      header(LIST, list.size(), 0);
      list.forEach(element -> put(element, depth + 1));
    } else if (value instanceof Map<?, ?> map) {
      putMap(map, depth);
    } else {
      throw new IllegalArgumentException("a " + value.getClass().getName() + " can't be passed");
    }
  }

  private void putMap(Map<?, ?> map, int depth) {
    header(MAP, map.size(), 0);
    map.forEach(
        (key, value) -> {
          if (!(key instanceof String text)) {
            throw new IllegalArgumentException("a key must be text");
          }
          putText(text);
          put(value, depth + 1);
        });
  }

  private void putText(String text) {
    int length = text.length();
    count(length);
    header(STRING, length, length + 8);
    int start = target.position();
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c >= 0x80) {
        target.position(start - 8);
        putRaw(text.getBytes(StandardCharsets.UTF_8));
        return;
      }
      target.put(start + i, (byte) c);
    }
    target.position(start + ((length + 7) & ~7));
  }

  /** Writes bytes that no bound counts. */
  void putRaw(byte[] array) {
    header(STRING, array.length, array.length + 8);
    target.put(array);
    target.position((target.position() + 7) & ~7);
  }

  private void count(int length) {
    bytes += length;
    if (bytes > MAX_BYTES) {
      throw new IllegalArgumentException("more than " + MAX_BYTES + " bytes");
    }
  }

  private void header(int tag, int length, int payload) {
    int needed = 2 * Integer.BYTES + payload;
    if (target.remaining() < needed) {
      grow(needed);
    }
    target.putInt(tag).putInt(length);
  }

  private void grow(int needed) {
    int position = target.position();
    int capacity = Math.max(2 * target.capacity(), position + needed);
    ByteBuffer larger = ByteBuffer.allocate(capacity).order(ByteOrder.LITTLE_ENDIAN);
    larger.put(target.flip());
    shared.clear();
    target = larger;
  }

  /** The values that a policy's file may have, for messages of type. */
  static List<String> strings(@Nullable Object list) {
    List<String> strings = new ArrayList<>();
    if (list instanceof List<?> elements) {
      elements.forEach(element -> strings.add(String.valueOf(element)));
    }
    return strings;
  }
}
