// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.lua;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
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

  /** Carries out what the buffer asks for, and writes the result to it. */
  void called() {
    LuaBuffer io = buffer;
    if (io == null) {
      return;
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
    } catch (LuaFailure | IllegalArgumentException e) {
      fail(io, String.valueOf(e.getMessage()));
    } catch (LuaStop e) {
      stop = e;
      io.word(0, STOPPED);
    } catch (Throwable e) { // may not reach the native code
      log.error("A bug: {} failed", describe(operation, id), e);
      fail(io, "internal error in " + describe(operation, id));
    }
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

  private static void fail(LuaBuffer io, String text) {
    io.forget();
    io.begin();
    io.put(text.length() > 1000 ? text.substring(0, 1000) : text);
    io.word(0, ERROR);
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
