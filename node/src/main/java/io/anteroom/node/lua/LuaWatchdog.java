// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.lua;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * The thread that looks at all Lua states of the process every 10 ms, and sets the {@link LuaHook}
 * of those in which one call has lasted since the last look. It runs while there are states.
 */
final class LuaWatchdog {
  private static final long TICK_NANOS = 10_000_000;

  private static final Set<LuaHook> HOOKS = ConcurrentHashMap.newKeySet();
  private static boolean running;

  private LuaWatchdog() {}

  /** Watches a state, until it is removed. */
  static synchronized void add(LuaHook hook) {
    HOOKS.add(hook);
    if (!running) {
      running = true;
      Thread thread = new Thread(LuaWatchdog::run, "anteroom-lua-watchdog");
      thread.setDaemon(true);
      thread.start();
    }
  }

  /** To be called between two calls of the state. */
  static void remove(LuaHook hook) {
    HOOKS.remove(hook);
  }

  private static void run() {
    do {
      LockSupport.parkNanos(TICK_NANOS);
      HOOKS.forEach(LuaHook::look);
    } while (goesOn());
  }

  private static synchronized boolean goesOn() {
    running = !HOOKS.isEmpty();
    return running;
  }
}
