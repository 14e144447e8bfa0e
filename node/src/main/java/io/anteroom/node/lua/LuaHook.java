// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.lua;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.Type;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hook of a Lua state, with which LuaJIT calls the function that counts instructions. It would
 * make all code of scripts take twice the time. So it is off, until {@link LuaWatchdog} sees that
 * one call has lasted for a whole tick, and it is off again when that call has ended.
 *
 * <p><b>Threads.</b> The thread of the watchdog sets the hook while another thread runs the script.
 * {@code lua_sethook} is made for that, at any instruction: it writes a few fields of the state and
 * the table of addresses through which the interpreter reaches each instruction, all of which the
 * thread of the script only reads, as the compiler of LuaJIT is off. {@link #word} ensures that
 * both threads never set the hook at once, and that the watchdog touches a state during a call
 * only. Either order of what it writes is safe: while not all is written, instructions are not
 * counted yet.
 *
 * <p>Some ends of errors write the field of the hook's mask in two steps, and so can undo what the
 * watchdog wrote between them. It looks again at each tick of the call.
 */
final class LuaHook {
  private static final Logger LOG = LoggerFactory.getLogger(LuaHook.class);

  // The lowest bits of the word. The others are the number of the call.
  private static final int IDLE = 0;
  private static final int RUNNING = 1;
  private static final int CHANGING = 2;
  private static final int SET = 3;
  private static final int PHASE = 3;

  /** The event of LuaJIT that a number of instructions has run. */
  private static final int MASK_COUNT = 1 << 3;

  private static final boolean AVAILABLE = isLibraryThere();

  private final Addresses at;
  private final int step;
  private final AtomicLong word = new AtomicLong();

  /** The word at the last look. Used by {@link #look} only. */
  private long seen;

  /**
   * Addresses of a state and of code in LuaJIT.
   *
   * @param function what the hook calls
   */
  record Addresses(long state, long function, long setHook, long getHookMask) {}

  /** How C functions with these parameters are called. */
  private static final class Calls {
    static final Invoker INVOKER = Invoker.getInstance();
    static final CallContext SET_HOOK =
        new CallContext(Type.SINT, Type.POINTER, Type.POINTER, Type.SINT, Type.SINT);
    static final CallContext GET_HOOK_MASK = new CallContext(Type.SINT, Type.POINTER);

    private Calls() {}
  }

  /**
   * A hook that is off.
   *
   * @param step the number of instructions after each of which LuaJIT calls the function
   */
  LuaHook(Addresses at, int step) {
    this.at = at;
    this.step = step;
  }

  private static boolean isLibraryThere() {
    try {
      return Calls.INVOKER != null;
    } catch (LinkageError | RuntimeException e) {
      LOG.info("all instructions of scripts are counted, which is slow: {}", e.toString());
      return false;
    }
  }

  /** Whether a hook can be set from another thread here; else it has to be on always. */
  static boolean isAvailable() {
    return AVAILABLE;
  }

  /** A call begins. On the thread of the state, like {@link #leave}. */
  void enter() {
    long call = (word.getPlain() | PHASE) + 1;
    word.setRelease(call | RUNNING);
  }

  /**
   * The call has ended. Waits while the watchdog sets the hook, which takes a microsecond; unless
   * that thread has lost its core meanwhile, so it is given this one.
   */
  @SuppressWarnings("ThreadPriorityCheck")
  void leave() {
    long call = word.getPlain() & ~PHASE;
    if (word.compareAndSet(call | RUNNING, call | IDLE)) {
      return;
    }
    while (!word.compareAndSet(call | SET, call | IDLE)) {
      Thread.yield();
    }
    set(0, 0);
  }

  /** Sets the hook if the call that ran at the last look runs still. For any thread. */
  synchronized void look() {
    long now = word.get();
    if (now == seen && (now & RUNNING) != 0 && word.compareAndSet(now, (now & ~PHASE) | CHANGING)) {
      if (!isSet()) {
        set(at.function(), MASK_COUNT);
      }
      seen = now | SET;
      word.set(seen);
    } else {
      seen = now;
    }
  }

  private boolean isSet() {
    return Calls.INVOKER.invokeN1(Calls.GET_HOOK_MASK, at.getHookMask(), at.state()) != 0;
  }

  private void set(long function, int mask) {
    Calls.INVOKER.invokeN4(Calls.SET_HOOK, at.setHook(), at.state(), function, mask, step);
  }
}
