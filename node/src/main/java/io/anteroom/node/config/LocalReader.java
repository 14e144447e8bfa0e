// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.node.wire.WireName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Reads the blocks {@code local} and {@code identity}, and {@code special-names}. */
final class LocalReader {
  private static final Duration SHORTEST_WATCH = Duration.ofMillis(10);
  private static final Duration LONGEST = Duration.ofDays(1);

  private final Function<String, Path> existing;

  /**
   * Creates a reader.
   *
   * @param existing finds an existing file; its IllegalArgumentException becomes the error
   */
  LocalReader(Function<String, Path> existing) {
    this.existing = existing;
  }

  LocalSettings read(SettingsReader anteroom) {
    LocalSettings defaults = LocalSettings.DEFAULT;
    SettingsReader block = anteroom.block("local");
    Duration ttl =
        block.duration(
            "ttl", Duration.ofSeconds(defaults.ttlSeconds()), Duration.ZERO, Duration.ofDays(7));
    boolean isBlock = anteroom.isBlock("special-names");
    return new LocalSettings(
        hosts(block),
        (int) ttl.toSeconds(),
        watch(block),
        isBlock || anteroom.flag("special-names", defaults.specialNames()),
        isBlock
            ? anteroom.block("special-names").list("except", List::of, WireName::parse)
            : List.of(),
        IdentitySettings.read(anteroom.block("identity")));
  }

  private List<Path> hosts(SettingsReader block) {
    List<Path> files = block.list("hosts", List::of, existing);
    Set<Path> seen = new HashSet<>();
    for (Path file : files) {
      if (!seen.add(file)) {
        block.error("hosts", "has " + file + " twice");
      }
    }
    return files;
  }

  private static Duration watch(SettingsReader block) {
    if (!block.has("watch") || block.text("watch", "").equals("off")) {
      return block.has("watch") ? Duration.ZERO : LocalSettings.DEFAULT.watch();
    }
    return block.duration("watch", LocalSettings.DEFAULT.watch(), SHORTEST_WATCH, LONGEST);
  }
}
