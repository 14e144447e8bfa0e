// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The resolv.conf of a resolver, and the recipe that creates settings from it. Options that were
 * set after the file stay, because all setter calls are repeated. Thread-safe; reads the file on
 * the caller's thread.
 */
final class SystemFile {
  private static final Logger LOG = LoggerFactory.getLogger(SystemFile.class);

  private final Path path;
  private final Recipe recipe;
  private final WatchedFile<List<String>> file;
  private volatile List<String> seen;

  /**
   * Reads the file before the settings are created, so that a change in between is detected later.
   */
  SystemFile(Path path, Recipe recipe) {
    this.path = path;
    this.recipe = recipe;
    this.file = new WatchedFile<>(path, Stream::toList);
    this.seen = file.content();
  }

  /** New settings if the file has changed since the last ones; otherwise null. */
  @Nullable Settings ifChanged() {
    if (file.content().equals(seen)) {
      return null;
    }
    synchronized (this) {
      List<String> now = file.content();
      if (now.equals(seen)) {
        // Another thread has already read it.
        return null;
      }
      seen = now;
      // A file is empty for a moment while it is written.
      return now.stream().allMatch(String::isBlank) ? null : read();
    }
  }

  /** Settings from the current file; null if it is invalid, which is logged. */
  @Nullable Settings read() {
    try {
      return recipe.settings();
    } catch (IllegalArgumentException e) {
      LOG.warn("{} has changed, but the resolver keeps its settings: {}", path, e.getMessage());
      return null;
    }
  }
}
