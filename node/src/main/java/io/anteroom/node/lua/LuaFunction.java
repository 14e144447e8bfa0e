// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.lua;

import org.jspecify.annotations.Nullable;

/**
 * A Java function that scripts call. It runs on the thread of the script and must not block.
 *
 * <p>Values of both directions are null, {@code Boolean}, {@code Long}, {@code Double}, {@code
 * String}, {@code byte[]} for a string that is no valid UTF-8, and lists and maps of these. An
 * empty table is an empty map. Arguments may have a {@link LuaRef} in place of a function, which is
 * given back after the call unless it is {@linkplain LuaRef#keep kept}.
 */
@FunctionalInterface
public interface LuaFunction {
  /**
   * Returns the result of a call.
   *
   * @throws LuaFailure to raise an error at the line of the caller, which the script may catch
   * @throws LuaStop to end the script at once
   */
  @Nullable Object call(@Nullable Object[] arguments) throws LuaFailure;

  /** A function to which the engine may pass each text as bytes. It must take text as both. */
  @FunctionalInterface
  interface OfBytes extends LuaFunction {}
}
