// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The resolv.conf that a resolver's settings come from, and the recipe that makes them of it. What
 * a setter said after the file was read stands, since the recipe is carried out from its beginning.
 * Safe for any thread; reads on that of the caller.
 */
final class SystemFile {
  private static final Logger LOG = LoggerFactory.getLogger(SystemFile.class);

  private final Path path;
  private final Recipe recipe;
  private final WatchedFile<List<String>> file;
  private volatile List<String> seen;

  /** Read before the settings are made: a change between the two is then seen afterwards. */
  SystemFile(Path path, Recipe recipe) {
    this.path = path;
    this.recipe = recipe;
    this.file = new WatchedFile<>(path, Stream::toList);
    this.seen = file.content();
  }

  /** The settings, if the file says something else than when they were made; null otherwise. */
  @Nullable Settings ifChanged() {
    if (file.content().equals(seen)) {
      return null;
    }
    synchronized (this) {
      List<String> now = file.content();
      if (now.equals(seen)) {
        // Another thread was first.
        return null;
      }
      seen = now;
      // A file that is just being written is empty for a moment.
      return now.stream().allMatch(String::isBlank) ? null : read();
    }
  }

  /** The settings as the file is now; null if there can't be any, which is logged. */
  @Nullable Settings read() {
    try {
      return recipe.settings();
    } catch (IllegalArgumentException e) {
      LOG.warn("{} has changed, but the resolver keeps its settings: {}", path, e.getMessage());
      return null;
    }
  }
}
