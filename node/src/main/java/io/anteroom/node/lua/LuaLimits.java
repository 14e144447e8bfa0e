// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.lua;

/**
 * What a script may use.
 *
 * @param instructions instructions of the virtual machine in one call, at least 1,000, or 0 for no
 *     limit, which is for measurements. They are counted when the call has lasted for 10 to 20 ms;
 *     before, only the work of long library calls is. From then on the call may also use 250 ms of
 *     CPU time, and 100 ns more for each of these instructions
 * @param memoryBytes memory of one state beside what the engine itself needs, at least 1 MB. One
 *     string or table may have an eighth of it
 * @param allowIo whether scripts get the libraries io and os, which can block the thread
 */
public record LuaLimits(long instructions, long memoryBytes, boolean allowIo) {
  /** Ten million instructions, about 0.1 s, and 64 MB. */
  public static final LuaLimits DEFAULT = new LuaLimits(10_000_000, 64L << 20, false);

  private static final long MAX_INSTRUCTIONS = 1L << 40;
  private static final long MAX_MEMORY_BYTES = 1L << 40;

  /** Checks the bounds. */
  public LuaLimits {
    if ((instructions != 0 && instructions < 1000) || instructions > MAX_INSTRUCTIONS) {
      throw new IllegalArgumentException("instructions must be between 1000 and 2^40");
    }
    if (memoryBytes < 1 << 20 || memoryBytes > MAX_MEMORY_BYTES) {
      throw new IllegalArgumentException("memory must be between 1 MB and 1 TB");
    }
  }
}
