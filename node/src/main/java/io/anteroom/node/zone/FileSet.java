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
 * What some files say together: read whole or not at all, and again when one of them has changed.
 * What was read while a file was being changed or replaced does not count. For one thread at a
 * time; it reads on that of its caller.
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
     * Reads them.
     *
     * @param included is to be told of each further file, before it is read; it is then watched as
     *     well
     */
    T load(Consumer<Path> included) throws IOException;
  }

  /** Takes files that have not been read yet. */
  public FileSet(List<Path> files, Loader<T> loader) {
    this.files = files;
    this.loader = loader;
  }

  /** Whether a file is another than when the files were last read, well or not. */
  boolean hasChanged() {
    return !stamps().equals(tried);
  }

  /**
   * The same, but only once nothing has changed since the last call: whoever writes a file may have
   * emptied it, and be about to fill it.
   */
  public boolean hasSettled() {
    List<FileStamp> before = seen;
    seen = stamps();
    return !seen.equals(tried) && seen.equals(before);
  }

  /**
   * Reads the files.
   *
   * @throws IOException with the file and the line that is wrong
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
        // Half of a file that is being written is no mistake of the one who writes it.
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
