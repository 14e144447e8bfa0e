// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.zone.FileSet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A list of names and the file that it comes from. The names are replaced as a whole when the file
 * has changed; any thread may look at them. What reads the file blocks, and is for one thread at a
 * time.
 */
final class ListFile {
  private static final Path NONE = Path.of("");

  private final ListSettings settings;
  private final FileSet<ListReader.Content> file;
  private volatile ListReader.Content content = ListReader.Content.EMPTY;

  /** A list without names yet. */
  ListFile(ListSettings settings) {
    this.settings = settings;
    this.file =
        new FileSet<>(
            List.of(settings.file()), included -> new ListReader(settings, included).read());
  }

  /** A list for where there should have been one. */
  static ListFile none() {
    return new ListFile(ListSettings.of(NONE, NONE));
  }

  Path path() {
    return settings.file();
  }

  /** The names as of now. */
  NameList names() {
    return content.names();
  }

  /** Whether it is a response policy zone: it was said to be, or was found to be. */
  boolean isRpz() {
    return settings.format() == ListSettings.Format.RPZ
        || content.format() == ListSettings.Format.RPZ;
  }

  /**
   * Reads the file.
   *
   * @return what was read, and what the operator should know
   * @throws IOException if it can't be taken, with file and line; the names stay
   */
  ListReader.Content load() throws IOException {
    ListReader.Content read = file.load();
    content = read;
    return read;
  }

  /** How many lines of it were wrong, and left out, when it was last read. */
  int wrongLines() {
    return content.wrongLines();
  }

  /** Whether it is time to read the file again: it has changed, and has stopped changing. */
  boolean hasChanged() {
    return file.hasSettled();
  }
}
