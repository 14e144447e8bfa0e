// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The data directory of a node, which is opened when it is first needed. Safe for any thread. */
public final class LazyDirectory {
  private final Path path;
  private @Nullable DataDirectory opened;

  public LazyDirectory(Path path) {
    this.path = path;
  }

  /**
   * Opens the directory, or returns it if it is open. Blocks.
   *
   * @throws IOException if that is not possible now; the next call tries again
   */
  public synchronized DataDirectory get() throws IOException {
    DataDirectory known = opened;
    if (known == null) {
      known = DataDirectory.open(path);
      opened = known;
    }
    return known;
  }
}
