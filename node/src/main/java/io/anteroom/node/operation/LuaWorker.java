// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaLimits;
import io.anteroom.node.lua.LuaRef;
import io.anteroom.node.lua.LuaState;
import io.anteroom.node.lua.LuaTypes;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The Lua state of one worker thread. It is made for the first function, and made anew after one
 * that used up its memory. Globals stay from one function to the next.
 */
public final class LuaWorker implements Worker {
  /** About as many instructions as LuaJIT carries out in a second without its compiler. */
  private static final long INSTRUCTIONS_PER_SECOND = 100_000_000;

  private final LuaLimits limits;

  /** Changed by the thread of the worker, guarded by this; {@link #stop} reads it. */
  private @Nullable LuaState state;

  public LuaWorker(LuaLimits limits) {
    this.limits = limits;
  }

  /**
   * The limits of worker states: as many instructions as fit into the time limit of a task, and
   * memory and libraries as given.
   */
  public static LuaLimits limits(WorkerSettings settings, long memoryBytes, boolean allowIo) {
    long instructions = settings.limit().toMillis() * (INSTRUCTIONS_PER_SECOND / 1_000);
    return new LuaLimits(Math.max(1_000, instructions), memoryBytes, allowIo);
  }

  /**
   * Runs a function of another state, which gets the data and returns a string or nothing.
   *
   * @param function what {@link LuaRef#dump} returned
   * @throws LuaFailure with file and line, if it failed or returned something else
   */
  public byte @Nullable [] run(byte[] function, byte[] data) throws LuaFailure {
    LuaState running = state();
    LuaRef loaded = running.loadDump(function);
    try {
      Object result = running.call(loaded, null, (Object) data);
      if (result == null || result instanceof byte[]) {
        return (byte[]) result;
      } else if (result instanceof String text) {
        return text.getBytes(StandardCharsets.UTF_8);
      }
      throw new LuaFailure(
          "%s:%d: onexecute returned a %s; it may return a string or nothing"
              .formatted(loaded.file(), loaded.line(), LuaTypes.nameOf(result)));
    } finally {
      loaded.release();
      if (running.isBroken()) {
        close();
      }
    }
  }

  private LuaState state() {
    LuaState known = state;
    if (known == null) {
      known = new LuaState(limits);
      synchronized (this) {
        state = known;
      }
    }
    return known;
  }

  /** Ends a function that runs; nothing ends one that waits in a function of C. */
  @Override
  public synchronized void stop() {
    if (state != null) {
      state.interrupt();
    }
  }

  @Override
  public synchronized void close() {
    LuaState last = state;
    state = null;
    if (last != null) {
      last.close();
    }
  }
}
