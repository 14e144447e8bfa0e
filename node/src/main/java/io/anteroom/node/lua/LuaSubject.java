// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.lua;

import org.jspecify.annotations.Nullable;

/**
 * The object that a call is about: the first parameter of the Lua function, there called {@code q}.
 * Scripts can use it during that call only. Its values are those of {@link LuaFunction}.
 */
public interface LuaSubject {
  /** The value of {@code q.field}. */
  @Nullable Object get(String field) throws LuaFailure;

  /** Carries out {@code q.field = value}. */
  void set(String field, @Nullable Object value) throws LuaFailure;

  /** The result of {@code q:method(arguments)}, for a name that {@link #isMethod} accepts. */
  @Nullable Object invoke(String method, @Nullable Object[] arguments) throws LuaFailure;

  /** Whether this name is a method. A state asks once for each name, for all its subjects. */
  boolean isMethod(String name);
}
