// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The content of several files, which are read together, completely or not at all, and again when
 * one of them has changed. A result is discarded if a file changed during reading. One thread at a
 * time may use it; it reads on the caller's thread.
 */
public final class FileSet<T> {
  private static final int TRIES = 3;

  private final List<Path> files;
  private final Loader<T> loader;
  private final Set<Path> included = new LinkedHashSet<>();
  private List<FileStamp> tried = List.of();
  private List<FileStamp> seen = List.of();

  /** Reads the files. */
  @FunctionalInterface
  public interface Loader<T> {
    /**
     * Reads the files.
     *
     * @param included must be called for each included file before it is read; that file is then
     *     watched too
     */
    T load(Consumer<Path> included) throws IOException;
  }

  /** Creates a set of files that have not been read yet. */
  public FileSet(List<Path> files, Loader<T> loader) {
    this.files = files;
    this.loader = loader;
  }

  /** Whether a file has changed since the files were last read, successfully or not. */
  boolean hasChanged() {
    return !stamps().equals(tried);
  }

  /**
   * Whether a file has changed since the files were last read, and none has since the last call. A
   * file that is being written may be empty for a moment.
   */
  public boolean hasSettled() {
    List<FileStamp> before = seen;
    seen = stamps();
    return !seen.equals(tried) && seen.equals(before);
  }

  /**
   * Reads the files.
   *
   * @throws IOException if a file can't be read or is invalid; the message has file and line
   */
  public T load() throws IOException {
    for (int tries = 0; tries < TRIES; tries++) {
      included.clear();
      tried = stamps();
      try {
        T content = loader.load(this::include);
        if (!hasChanged()) {
          return content;
        }
      } catch (IOException e) {
        // An error in a half-written file is not an error of the operator.
        if (!hasChanged()) {
          throw e;
        }
      }
    }
    throw new IOException(changing() + ": keeps changing while it is read");
  }

  private void include(Path file) {
    if (included.add(file)) {
      List<FileStamp> all = new ArrayList<>(tried);
      all.add(FileStamp.of(file));
      tried = all;
    }
  }

  private Path changing() {
    for (FileStamp stamp : tried) {
      if (!FileStamp.of(stamp.file()).equals(stamp)) {
        return stamp.file();
      }
    }
    return files.get(0);
  }

  private List<FileStamp> stamps() {
    return Stream.concat(files.stream(), included.stream()).map(FileStamp::of).toList();
  }
}
