// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.zone.FileSet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A list of names and its file. When the file has changed, all names are replaced at once. Any
 * thread may read the names. Methods that read the file block, and only one thread at a time may
 * call them.
 */
final class ListFile {
  private static final Path NONE = Path.of("");

  private final ListSettings settings;
  private final FileSet<ListReader.Content> file;
  private volatile ListReader.Content content = ListReader.Content.EMPTY;

  /** Creates a list without names. */
  ListFile(ListSettings settings) {
    this.settings = settings;
    this.file =
        new FileSet<>(
            List.of(settings.file()), included -> new ListReader(settings, included).read());
  }

  /** An empty list in place of one that is missing. */
  static ListFile none() {
    return new ListFile(ListSettings.of(NONE, NONE));
  }

  Path path() {
    return settings.file();
  }

  /** The current names. */
  NameList names() {
    return content.names();
  }

  /** Whether it is a response policy zone, by its settings or by its content. */
  boolean isRpz() {
    return settings.format() == ListSettings.Format.RPZ
        || content.format() == ListSettings.Format.RPZ;
  }

  /**
   * Reads the file.
   *
   * @return the content, with remarks for the operator
   * @throws IOException if the file is refused, with file and line; the names stay
   */
  ListReader.Content load() throws IOException {
    ListReader.Content read = file.load();
    content = read;
    return read;
  }

  /** The number of invalid lines that were skipped at the last reading. */
  int wrongLines() {
    return content.wrongLines();
  }

  /** Whether the file must be read again: it has changed, and has stopped changing. */
  boolean hasChanged() {
    return file.hasSettled();
  }
}
