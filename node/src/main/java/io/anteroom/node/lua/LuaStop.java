// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.lua;

import org.jspecify.annotations.Nullable;

/**
 * Thrown by a {@link LuaFunction} to end the script at once. The script can't catch it, and {@link
 * LuaState#call} returns it.
 */
public final class LuaStop extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient @Nullable Object value;

  /** Ends the script with this value, which is for Java only and may be of any class. */
  public LuaStop(@Nullable Object value) {
    super(null, null, false, false);
    this.value = value;
  }

  /** The value that the script ended with. */
  public @Nullable Object value() {
    return value;
  }
}
