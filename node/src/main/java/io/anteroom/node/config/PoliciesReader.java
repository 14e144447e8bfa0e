// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** Reads the block {@code policies}. The code itself is read elsewhere. */
final class PoliciesReader {
  /** The directory of jars beside the configuration. */
  private static final String JARS = "policies";

  private static final long MIN_MEMORY = 1 << 20;
  private static final long MAX_MEMORY = 1L << 30;
  private static final int MAX_INSTRUCTIONS = 1_000_000_000;

  private final Path directory;
  private final Function<String, Path> existing;

  /**
   * Creates a reader.
   *
   * @param directory the directory at which relative paths start
   * @param existing finds a file; throws {@link IllegalArgumentException} if it can't be read
   */
  PoliciesReader(Path directory, Function<String, Path> existing) {
    this.directory = directory;
    this.existing = existing;
  }

  Map<String, PolicySettings> read(SettingsReader anteroom) {
    Map<String, PolicySettings> policies = new LinkedHashMap<>();
    anteroom
        .namedBlocks("policies")
        .forEach(
            (name, block) -> {
              Policy onError = block.word("on-error", Policy.SERVFAIL);
              policies.put(name, new PolicySettings(name, code(block), onError));
            });
    return policies;
  }

  private PolicySettings.Code code(SettingsReader block) {
    if (block.has("file") == block.has("class")) {
      block.error("file", "a policy has either a file, in Lua, or a class, in Java");
    }
    return block.has("class") ? java(block) : lua(block);
  }

  private PolicySettings.Code java(SettingsReader block) {
    Path jars =
        block.parsed(
            "jars",
            directory.toAbsolutePath().resolve(JARS),
            text -> {
              Path path = directory.toAbsolutePath().resolve(text).normalize();
              if (!Files.isDirectory(path)) {
                throw new IllegalArgumentException("no such directory: " + path);
              }
              return path;
            });
    return new PolicySettings.Java(block.text("class", ""), jars);
  }

  private PolicySettings.Code lua(SettingsReader block) {
    return new PolicySettings.Lua(
        block.parsed("file", Path.of(""), existing),
        block.word("states", false, Map.of("one", false, "per-loop", true)),
        block.integer(
            "instructions", (int) PolicySettings.Lua.DEFAULT_INSTRUCTIONS, 1_000, MAX_INSTRUCTIONS),
        block.size("memory", PolicySettings.Lua.DEFAULT_MEMORY, MIN_MEMORY, MAX_MEMORY),
        block.flag("allow-io", false));
  }
}
