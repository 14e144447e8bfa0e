// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.lua;

import java.util.List;

/**
 * A Lua function that a script passed to Java. It is valid during the call that passed it, or after
 * {@link #keep} until {@link #release}; so long the state keeps the function. Only the state that
 * it came from can call it.
 */
public final class LuaRef {
  private final LuaState state;
  private final int id;
  private boolean kept;
  private boolean released;

  LuaRef(LuaState state, int id) {
    this.state = state;
    this.id = id;
  }

  /** Lets the function stay valid beyond the call that passed it. To be called during that call. */
  public synchronized void keep() {
    kept = true;
  }

  synchronized void releaseUnlessKept() {
    if (!kept) {
      release();
    }
  }

  /**
   * Lets the state forget the function. May be called by any thread, and more than once. The
   * function must not be used afterwards.
   */
  public synchronized void release() {
    if (!released) {
      released = true;
      state.released(id);
    }
  }

  /** The names of the local variables of other functions that it uses. */
  public List<String> upvalues() throws LuaFailure {
    return state.describe(this).upvalues();
  }

  /** The file in which it begins. */
  public String file() throws LuaFailure {
    return state.describe(this).file();
  }

  /** The line in which it begins. */
  public int line() throws LuaFailure {
    return state.describe(this).line();
  }

  /**
   * The code of the function, for {@link LuaState#loadDump} of another state. Upvalues are not part
   * of it.
   */
  public byte[] dump() throws LuaFailure {
    return state.dump(this);
  }

  int id(LuaState user) {
    if (user != state) {
      throw new IllegalArgumentException("the function belongs to another state");
    } else if (isReleased()) {
      throw new IllegalStateException("the function has been released");
    }
    return id;
  }

  private synchronized boolean isReleased() {
    return released;
  }

  record Description(String file, int line, List<String> upvalues) {}
}
