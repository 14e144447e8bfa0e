// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.lua;

import io.anteroom.node.lua.LuaFailure.Kind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Lua state: the globals of one script or several, and the functions of Java that they call. It
 * is used by one thread at a time. Another thread may go on with it, if something orders the uses
 * of both.
 *
 * <p>A script that exceeds a limit ends with a {@link LuaFailure}; it can't catch that. After one
 * of kind MEMORY the state {@link #isBroken} and should be replaced: its tables may lack what the
 * script was about to store.
 */
public final class LuaState implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LuaState.class);

  private static final int CALL = 1;
  private static final int PATH = 2;
  private static final int HAS = 3;
  private static final int LOAD = 4;
  private static final int DEFINE = 5;
  private static final int CALL_REF = 6;
  private static final int RELEASE = 7;
  private static final int DESCRIBE = 8;
  private static final int DUMP = 9;
  private static final int LOAD_DUMP = 10;
  private static final int CLOSE = 11;
  private static final int CHECK = 12;
  private static final int EXPLAIN = 13;
  private static final int COMPARE = 14;
  private static final int LIBRARY = 15;
  private static final int LIMIT = 16;
  private static final int PLACE = 17;
  private static final int COLLECT = 18;

  /** The word of the buffer that tells the script to end. */
  private static final int INTERRUPTED = 7;

  private final LuaEngine engine;
  private final LuaHost host;
  private final LuaBuffer buffer;
  private final Map<String, Integer> paths = new HashMap<>();
  private final ConcurrentLinkedQueue<Integer> released = new ConcurrentLinkedQueue<>();
  private @Nullable Object[] stacked = {};
  private @Nullable LuaHook hook;
  private boolean running;
  private boolean broken;
  private boolean closed;

  /** A state without scripts. */
  public LuaState(LuaLimits limits) {
    host = new LuaHost(log);
    engine = new LuaEngine(limits, host);
    buffer = new LuaBuffer(engine.memory(), this);
    host.use(buffer);
    hook = engine.hook();
    if (hook != null) {
      LuaWatchdog.add(hook);
    }
  }

  /**
   * Lets scripts call this function as the global {@code name}, or as a field of global tables if
   * the name has dots. Tables that don't exist are created.
   */
  public void define(String name, LuaFunction function) {
    begin();
    buffer.put(name);
    try {
      run(DEFINE, host.add(name, function), 1, null, name);
    } catch (LuaFailure e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /** Runs the top level of a script within the limits. */
  public void load(LuaScript script) throws LuaFailure {
    begin();
    buffer.put(script.file());
    buffer.putRaw(script.source());
    run(LOAD, 0, 2, null, script.file());
  }

  /**
   * Runs a script of the host itself, in the globals of the other scripts. It gets a table as its
   * argument: {@code fail(text)} raises an error at the place of the operator's script that called,
   * and {@code position()} returns that place as file and line. All scripts of the host share the
   * table. Errors and places never name their lines.
   *
   * @param name letters, digits and dots
   */
  public void loadLibrary(String name, byte[] source) throws LuaFailure {
    begin();
    buffer.put(name);
    buffer.putRaw(source);
    run(LIBRARY, 0, 2, null, name);
  }

  /** Changes the instructions that each later call may use, and with them its CPU time. */
  public void limit(long instructions) {
    begin();
    buffer.put(instructions);
    try {
      run(LIMIT, 0, 1, null, "limit");
    } catch (LuaFailure e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /** Whether there is a function of this name, such as {@code route.main}. */
  public boolean has(String path) {
    try {
      int id = path(path);
      begin();
      run(HAS, id, 0, null, path);
      return Boolean.TRUE.equals(result());
    } catch (LuaFailure e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /**
   * Where the function of this name begins, as {@code file:line}; null if there is none, or it is
   * not known.
   */
  public @Nullable String place(String path) {
    try {
      int id = path(path);
      begin();
      run(PLACE, id, 0, null, path);
      return result() instanceof String place ? place : null;
    } catch (LuaFailure e) {
      return null;
    }
  }

  /**
   * Calls the function of this name. The subject, if there is one, is its first argument.
   *
   * @return its first result, or the {@link LuaStop} that ended it
   * @throws LuaFailure also if there is no such function, or an argument or the result can't be
   *     passed
   * @throws IllegalStateException if it is called from a function that this state runs
   */
  public @Nullable Object call(
      String path, @Nullable LuaSubject subject, @Nullable Object... arguments) throws LuaFailure {
    return call(CALL, path(path), path, subject, arguments);
  }

  /** Calls a function that a script passed to Java. */
  public @Nullable Object call(
      LuaRef function, @Nullable LuaSubject subject, @Nullable Object... arguments)
      throws LuaFailure {
    return call(CALL_REF, function.id(this), "a function", subject, arguments);
  }

  private @Nullable Object call(
      int operation,
      int id,
      String what,
      @Nullable LuaSubject subject,
      @Nullable Object... arguments)
      throws LuaFailure {
    begin();
    int texts = texts(arguments);
    LuaStop stop;
    if (texts >= 0) {
      begin(subject);
      stop = ended(engine.run(operation, id, subject != null, stacked, texts), what);
    } else {
      putAll(arguments, what);
      stop = run(operation, id, arguments.length, subject, what);
    }
    return stop != null ? stop : result();
  }

  private void putAll(@Nullable Object[] arguments, String what) throws LuaFailure {
    try {
      for (Object argument : arguments) {
        buffer.put(argument);
      }
    } catch (IllegalArgumentException e) {
      throw new LuaFailure(what + ": an argument: " + e.getMessage());
    }
  }

  /**
   * Puts texts into their slots, and the arguments as they will be on the stack into {@link
   * #stacked}.
   *
   * @return the number of which bit i is set if argument i is a text; -1 if the arguments can't be
   *     on the stack
   */
  private int texts(@Nullable Object[] arguments) {
    if (arguments.length > LuaBuffer.SLOTS) {
      return -1;
    }
    stacked = arguments;
    int texts = 0;
    for (int i = 0; i < arguments.length; i++) {
      Object argument = arguments[i];
      if (!LuaStack.holds(argument)) {
        int length = buffer.putBare(argument, i, LuaBuffer.SLOT);
        if (length < 0) {
          return -1;
        } else if (texts == 0) {
          stacked = arguments.clone();
        }
        stacked[i] = length;
        texts |= 1 << i;
      }
    }
    return texts;
  }

  private @Nullable Object result() {
    Object result = engine.result();
    if (result != LuaStack.ELSEWHERE) {
      return result;
    }
    buffer.open();
    return buffer.take();
  }

  /**
   * The function whose code {@link LuaRef#dump}, or {@code string.dump} of a script, returned in
   * this process. It has no upvalues.
   *
   * @throws LuaFailure also for any other code, which is not loaded because it could do anything
   */
  public LuaRef loadDump(byte[] dump) throws LuaFailure {
    byte[] code = LuaSeal.opened(dump);
    begin();
    buffer.putRaw(code);
    run(LOAD_DUMP, 0, 1, null, "a function");
    LuaRef function = (LuaRef) Objects.requireNonNull(result());
    function.keep();
    return function;
  }

  /**
   * Ends the call that runs now with a {@link LuaFailure} of kind INSTRUCTIONS. It does not end a C
   * function that waits, such as {@code io.read}, before that returns. For any thread, but not
   * while the state is being closed or afterwards.
   */
  public void interrupt() {
    buffer.word(INTERRUPTED, 1);
  }

  /** Whether a lack of memory may have left the state unusable, so that it should be replaced. */
  public boolean isBroken() {
    return broken;
  }

  /**
   * The bytes that the scripts use. If it is more than half of their limit, it is what is left
   * after a complete collection, which takes about a second for each GB.
   */
  public long collect() throws LuaFailure {
    begin();
    run(COLLECT, 0, 0, null, "collect");
    return result() instanceof Number bytes ? bytes.longValue() : 0;
  }

  /** Frees the memory. May be called more than once, but not by a function of this state. */
  @Override
  public void close() {
    if (!closed) {
      begin();
      if (hook != null) {
        LuaWatchdog.remove(hook);
        hook = null;
      }
      try {
        run(CLOSE, 0, 0, null, "close");
      } catch (LuaFailure e) {
        log.warn("A Lua state leaves memory behind: {}", e.getMessage());
      }
      closed = true;
      engine.close();
    }
  }

  /** The hook that counts instructions; null if it is always on, or the state is closed. */
  @Nullable LuaHook hook() {
    return hook;
  }

  LuaRef.Description describe(LuaRef ref) throws LuaFailure {
    int id = ref.id(this);
    begin();
    run(DESCRIBE, id, 0, null, "a function");
    Map<?, ?> description = (Map<?, ?>) Objects.requireNonNull(result());
    return new LuaRef.Description(
        String.valueOf(description.get("file")),
        description.get("line") instanceof Long line ? line.intValue() : 0,
        LuaBuffer.strings(description.get("upvalues")));
  }

  byte[] dump(LuaRef ref) throws LuaFailure {
    int id = ref.id(this);
    begin();
    run(DUMP, id, 0, null, "a function");
    buffer.open();
    return LuaSeal.sealed(buffer.takeRaw());
  }

  /** Checks a source without running it; {@code check.lua} says what the result has. */
  Map<?, ?> check(String file, byte[] source) throws LuaFailure {
    begin();
    buffer.put(file);
    buffer.putRaw(source);
    run(CHECK, 0, 2, null, file);
    return (Map<?, ?>) Objects.requireNonNull(result());
  }

  /** The results of both matchers of patterns, in pairs, for a test that compares them. */
  List<?> compareMatchers(String text, String pattern, long init, String replacement)
      throws LuaFailure {
    begin();
    putAll(new Object[] {text, pattern, init, replacement}, pattern);
    run(COMPARE, 0, 4, null, pattern);
    return (List<?>) Objects.requireNonNull(result());
  }

  void released(int id) {
    released.add(id);
  }

  boolean hasReleased() {
    return !released.isEmpty();
  }

  /** The number of a function that is to be forgotten; null if there is none. */
  @Nullable Long pollReleased() {
    Integer id = released.poll();
    return id == null ? null : (long) id;
  }

  private int path(String path) throws LuaFailure {
    Integer known = paths.get(path);
    if (known != null) {
      return known;
    }
    int id = paths.size() + 1;
    begin();
    buffer.put(path);
    run(PATH, id, 1, null, path);
    paths.put(path, id);
    return id;
  }

  private void begin() {
    if (closed) {
      throw new IllegalStateException("the Lua state is closed");
    } else if (running) {
      throw new IllegalStateException("the Lua state runs a script");
    }
    for (Integer id = released.poll(); id != null; id = released.poll()) {
      buffer.begin();
      try {
        run(RELEASE, id, 0, null, "release");
      } catch (LuaFailure e) {
        log.warn("A Lua function was not released: {}", e.getMessage());
      }
    }
    buffer.begin();
  }

  /** Runs an operation. Its result, if any, is in the buffer. */
  private @Nullable LuaStop run(
      int operation, int id, int count, @Nullable LuaSubject subject, String what)
      throws LuaFailure {
    buffer.end();
    begin(subject);
    return ended(engine.run(operation, id, count, subject != null), what);
  }

  private void begin(@Nullable LuaSubject subject) {
    buffer.word(INTERRUPTED, 0);
    host.begin(subject);
    running = true;
    if (hook != null) {
      hook.enter();
    }
  }

  /** After an operation: what ended it, if that was not the script; its result is there else. */
  private @Nullable LuaStop ended(int code, String what) throws LuaFailure {
    if (hook != null) {
      hook.leave();
    }
    running = false;
    LuaStop stop = host.end();
    return code == LuaEngine.OK ? null : failed(code, stop, what);
  }

  private @Nullable LuaStop failed(int code, @Nullable LuaStop stop, String what)
      throws LuaFailure {
    buffer.forget();
    int kind = buffer.word(0);
    if (stop != null) {
      return stop;
    } else if (code != LuaEngine.ERROR) {
      throw explained(what);
    }
    broken |= kind == LuaHost.MEMORY;
    buffer.open();
    String message = LuaHost.text(buffer.take());
    throw new LuaFailure(kindOf(kind), message);
  }

  /** Memory or stack did not suffice to say what happened, so another call asks for that. */
  private LuaFailure explained(String what) {
    boolean explained = explains();
    if (!explained) {
      explained = explains();
    }
    if (!explained) {
      broken = true;
      return new LuaFailure(Kind.MEMORY, what + ": not enough memory");
    }
    List<?> kindAndText = (List<?>) Objects.requireNonNull(result());
    int kind = ((Long) Objects.requireNonNull(kindAndText.get(0))).intValue();
    broken |= kind != LuaHost.ERROR;
    return new LuaFailure(kindOf(kind), String.valueOf(kindAndText.get(1)));
  }

  private boolean explains() {
    return engine.run(EXPLAIN, 0, 0, false) == LuaEngine.OK;
  }

  private static Kind kindOf(int kind) {
    return switch (kind) {
      case LuaHost.INSTRUCTIONS -> Kind.INSTRUCTIONS;
      case LuaHost.MEMORY -> Kind.MEMORY;
      default -> Kind.ERROR;
    };
  }
}
