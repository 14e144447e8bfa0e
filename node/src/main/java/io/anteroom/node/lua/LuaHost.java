// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.lua;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Answers the calls of one Lua state to Java: functions, fields and methods of the subject, the
 * log. It never throws and uses nothing of the Lua state but the buffer, as an exception or a Lua
 * error may not cross from one language to the other on the stack.
 */
final class LuaHost {
  static final int OK = 0;
  static final int ERROR = 1;
  static final int INSTRUCTIONS = 2;
  static final int MEMORY = 3;
  static final int STOPPED = 4;

  /** The result is a text without its length, which is the value on the stack. */
  private static final int TEXT = 5;

  /** The result is in the buffer. */
  private static final int IN_BUFFER = 6;

  /** The arguments have to be in the buffer; nothing was done. */
  private static final int USE_BUFFER = 7;

  private static final int FLUSH = 1;
  private static final int MORE = 2;
  private static final int FUNCTION = 3;
  private static final int GET = 4;
  private static final int SET = 5;
  private static final int INVOKE = 6;
  private static final int NAME = 7;
  private static final int LOG = 8;
  private static final int SEAL = 9;
  private static final int RELEASED = 10;

  /** Names that have a number; subject.lua uses the last one for all others. */
  private static final int NAMES = 201;

  private static final int LINES_PER_SECOND = 10;
  private static final long SECOND_NANOS = 1_000_000_000L;

  private final Logger log;
  private final List<LuaFunction> functions = new ArrayList<>();
  private final BitSet raw = new BitSet();
  private final List<String> functionNames = new ArrayList<>();
  private final String[] names = new String[NAMES];
  private @Nullable LuaBuffer buffer;
  private @Nullable LuaSubject subject;
  private @Nullable LuaStop stop;
  private long secondStart;
  private int lines;

  LuaHost(Logger log) {
    this.log = log;
    secondStart = System.nanoTime();
  }

  void use(LuaBuffer buffer) {
    this.buffer = buffer;
  }

  int add(String name, LuaFunction function) {
    if (function instanceof LuaFunction.OfBytes) {
      raw.set(functions.size());
    }
    functions.add(function);
    functionNames.add(name);
    return functions.size() - 1;
  }

  void begin(@Nullable LuaSubject subject) {
    this.subject = subject;
    stop = null;
  }

  /** Forgets the subject, and returns what ended the script, if a function did. */
  @Nullable LuaStop end() {
    subject = null;
    return stop;
  }

  /**
   * Carries out what the buffer asks for, and writes the result to it. No value is on the stack.
   */
  int called() {
    LuaBuffer io = buffer;
    if (io == null) {
      return 0;
    }
    int operation = io.word(0);
    int id = io.word(1);
    int count = io.word(2);
    try {
      if (operation == MORE) {
        io.nextPart();
      } else if (operation == FLUSH) {
        io.keepPart();
      } else {
        Object result = result(io, operation, id, count);
        io.begin();
        io.put(result);
        io.word(0, OK);
        io.end();
      }
    } catch (Throwable e) { // may not reach the native code
      io.word(0, failed(io, e, operation, id));
    }
    return 0;
  }

  /**
   * Carries out a call whose code and arguments are on the stack, but for the text of arguments,
   * which is in the slots of the buffer. It pushes the result, or a value and a status that says
   * where the result is.
   *
   * @return the number of values that it pushed
   */
  int called(LuaStack stack) {
    LuaBuffer io = buffer;
    if (io == null) {
      return 0;
    }
    int code = stack.integer(1);
    int operation = code >> 16;
    int id = code & 0xffff;
    try {
      Object[] arguments = arguments(io, stack, operation == FUNCTION && raw.get(id));
      if (arguments == null) {
        return ended(stack, 0, USE_BUFFER);
      }
      Object result = result(operation, id, arguments);
      return stack.push(result) ? 1 : answered(io, stack, result);
    } catch (Throwable e) { // may not reach the native code
      return ended(stack, 0, failed(io, e, operation, id));
    }
  }

  /** The arguments; null if one is neither text nor on the stack. */
  private static @Nullable Object @Nullable [] arguments(
      LuaBuffer io, LuaStack stack, boolean raw) {
    @Nullable Object[] arguments = new @Nullable Object[stack.count() - 1];
    for (int i = 0; i < arguments.length; i++) {
      Object value = stack.value(i + 2);
      if (value == LuaStack.ELSEWHERE) {
        int length = stack.textLength(i + 2);
        if (length < 0) {
          return null;
        }
        byte[] text = io.slot(i, length);
        value = raw ? text : LuaBuffer.text(text);
      }
      arguments[i] = value;
    }
    return arguments;
  }

  private @Nullable Object result(int operation, int id, @Nullable Object[] arguments)
      throws LuaFailure {
    return switch (operation) {
      case FUNCTION -> functions.get(id).call(arguments);
      case GET -> subject().get(names[id]);
      case INVOKE -> subject().invoke(names[id], arguments);
      default -> throw new IllegalStateException("unknown operation " + operation);
    };
  }

  private static int answered(LuaBuffer io, LuaStack stack, @Nullable Object result) {
    int length = io.putBare(result, 0, LuaBuffer.SIZE - LuaBuffer.HEADER);
    if (length >= 0) {
      return ended(stack, length, TEXT);
    }
    io.begin();
    io.put(result);
    io.end();
    return ended(stack, 0, IN_BUFFER);
  }

  private static int ended(LuaStack stack, int value, int status) {
    stack.push(value);
    stack.push(status);
    return 2;
  }

  /** The status of a call that has failed; the buffer gets the message. */
  private int failed(LuaBuffer io, Throwable e, int operation, int id) {
    if (e instanceof LuaStop ended) {
      stop = ended;
      return STOPPED;
    } else if (e instanceof LuaFailure || e instanceof IllegalArgumentException) {
      message(io, String.valueOf(e.getMessage()));
    } else {
      log.error("A bug: {} failed", describe(operation, id), e);
      message(io, "internal error in " + describe(operation, id));
    }
    return ERROR;
  }

  private @Nullable Object result(LuaBuffer io, int operation, int id, int count)
      throws LuaFailure {
    if (operation == GET) {
      return subject().get(names[id]);
    }
    io.open();
    switch (operation) {
      case FUNCTION -> {
        try {
          return functions.get(id).call(io.take(count));
        } finally {
          io.giveBack();
        }
      }
      case INVOKE -> {
        try {
          return subject().invoke(names[id], io.take(count));
        } finally {
          io.giveBack();
        }
      }
      case RELEASED -> {
        return io.released();
      }
      case SET -> {
        subject().set(names[id], io.take());
        return null;
      }
      case NAME -> {
        names[id] = text(io.take());
        return subject().isMethod(names[id]);
      }
      case LOG -> {
        print(text(io.take()));
        return null;
      }
      case SEAL -> {
        return LuaSeal.sealed(bytes(io.take()));
      }
      default -> throw new IllegalStateException("unknown operation " + operation);
    }
  }

  private LuaSubject subject() throws LuaFailure {
    if (subject == null) {
      throw new LuaFailure("there is no query in this call");
    }
    return subject;
  }

  private void print(String text) {
    long now = System.nanoTime();
    if (now - secondStart >= SECOND_NANOS) {
      if (lines > LINES_PER_SECOND) {
        log.warn("Scripts printed {} more lines in that second", lines - LINES_PER_SECOND);
      }
      secondStart = now;
      lines = 0;
    }
    if (++lines <= LINES_PER_SECOND) {
      log.info("{}", text);
    }
  }

  private static void message(LuaBuffer io, String text) {
    io.forget();
    io.begin();
    io.put(text.length() > 1000 ? text.substring(0, 1000) : text);
    io.end();
  }

  private String describe(int operation, int id) {
    return operation == FUNCTION ? functionNames.get(id) : "the query's " + names[id];
  }

  private static byte[] bytes(@Nullable Object value) {
    return value instanceof byte[] bytes
        ? bytes
        : String.valueOf(value).getBytes(StandardCharsets.UTF_8);
  }

  static String text(@Nullable Object value) {
    return value instanceof byte[] bytes
        ? new String(bytes, StandardCharsets.UTF_8)
        : String.valueOf(value);
  }
}
