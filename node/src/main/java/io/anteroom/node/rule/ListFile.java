// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/**
 * A list of names and the file that it comes from. The names are replaced as a whole when the file
 * has changed; any thread may look at them. What reads the file blocks, and is for one thread at a
 * time.
 */
final class ListFile {
  private final Path path;
  private final Format format;
  private final boolean below;
  private final long maxBytes;
  private volatile NameList names = NameList.EMPTY;
  private @Nullable Look loaded;
  private @Nullable Look seen;

  /** How a file holds its names. */
  enum Format {
    AUTO,
    DOMAINS,
    HOSTS,
    RPZ
  }

  /** What a file looks like from outside. */
  private record Look(FileTime changed, long size, @Nullable Object file) {
    static Look at(Path path) throws IOException {
      BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
      if (!now.isRegularFile()) {
        throw new IOException(path + ": is no file");
      }
      return new Look(now.lastModifiedTime(), now.size(), now.fileKey());
    }
  }

  /**
   * A list without names yet.
   *
   * @param below whether names below those in the file are in the list as well
   */
  ListFile(Path path, Format format, boolean below, long maxBytes) {
    this.path = path;
    this.format = format;
    this.below = below;
    this.maxBytes = maxBytes;
  }

  /** A list for where there should have been one. */
  static ListFile none() {
    return new ListFile(Path.of(""), Format.AUTO, false, 0);
  }

  Path path() {
    return path;
  }

  /** The names as of now. */
  NameList names() {
    return names;
  }

  /** Whether it was said to be a response policy zone. */
  boolean isRpz() {
    return format == Format.RPZ;
  }

  /**
   * Reads the file.
   *
   * @return what the operator should know, null for nothing
   * @throws IOException if it can't be read as a whole, with file and line; the names stay
   */
  @Nullable String load() throws IOException {
    Look before = look();
    loaded = before;
    seen = before;
    ListReader reader = new ListReader(path, format, below);
    NameList read = reader.read();
    if (!before.equals(look())) {
      throw new IOException(path + ": has changed while it was read");
    }
    names = read;
    return reader.remark();
  }

  /**
   * Whether the file is another one than the one last read, or tried to be read, and has looked the
   * same twice: one that is just being written is left alone.
   *
   * @throws IOException if it can't be looked at
   */
  boolean hasChanged() throws IOException {
    Look now = look();
    boolean calm = now.equals(seen);
    seen = now;
    return calm && !now.equals(loaded);
  }

  private Look look() throws IOException {
    if (!Files.exists(path)) {
      throw new IOException(path + ": no such file");
    }
    if (!Files.isReadable(path)) {
      throw new IOException(path + ": can't be read, permission denied");
    }
    Look look = Look.at(path);
    if (look.size > maxBytes) {
      throw new IOException(
          path + ": has " + look.size + " bytes, more than max-bytes = " + maxBytes);
    }
    return look;
  }
}
