// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.lua;

/**
 * A script failed. The message starts with the file and the line, if a line is known. There is no
 * stack trace, as it would say nothing about the script.
 */
public final class LuaFailure extends Exception {
  private static final long serialVersionUID = 1L;

  private final Kind kind;

  /** Why a script failed. */
  public enum Kind {
    /** The script has an error, or a function that it called raised one. */
    ERROR,
    /** It ran for too many instructions, or for too long. */
    INSTRUCTIONS,
    /** It needed too much memory. */
    MEMORY
  }

  /** An error of this kind. */
  public LuaFailure(Kind kind, String message) {
    super(message, null, false, false);
    this.kind = kind;
  }

  /** An error that a {@link LuaFunction} raises in the script. */
  public LuaFailure(String message) {
    this(Kind.ERROR, message);
  }

  /** Why the script failed. */
  public Kind kind() {
    return kind;
  }

  /** The message, which is never null. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
