// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.nio.file.Path;

/**
 * Settings of one policy: an operator's own code that rules run.
 *
 * @param code where the code is
 * @param onError what happens to a query whose policy has failed
 */
public record PolicySettings(String name, Code code, Policy onError) {

  /** The code of a policy. */
  public sealed interface Code {}

  /**
   * A script in Lua.
   *
   * @param file the script
   * @param perLoop whether each event loop has a state of its own, instead of one state with one
   *     thread
   * @param instructions most instructions of one call
   * @param memoryBytes most bytes that one state uses
   * @param allowIo whether the script may use files and programs
   */
  public record Lua(
      Path file, boolean perLoop, long instructions, long memoryBytes, boolean allowIo)
      implements Code {
    public static final long DEFAULT_INSTRUCTIONS = 1_000_000;
    public static final long DEFAULT_MEMORY = 64 << 20;
  }

  /** Code that does not come from the policies of a configuration, but with it. */
  public record Given() implements Code {}

  /**
   * A class in Java.
   *
   * @param className the name of a provider of {@code Policy}
   * @param directory where the jars are that it is looked for in
   */
  public record Java(String className, Path directory) implements Code {}
}
