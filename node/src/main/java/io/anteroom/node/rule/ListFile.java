// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.zone.FileSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
  private final FileSet<NameList> file;
  private @Nullable String remark;

  /** How a file holds its names. */
  enum Format {
    AUTO,
    DOMAINS,
    HOSTS,
    RPZ
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
    this.file = new FileSet<>(List.of(path), this::read);
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
    names = file.load();
    return remark;
  }

  private NameList read() throws IOException {
    if (!Files.exists(path)) {
      throw new IOException(path + ": no such file");
    }
    if (!Files.isRegularFile(path)) {
      throw new IOException(path + ": is no file");
    }
    if (!Files.isReadable(path)) {
      throw new IOException(path + ": can't be read, permission denied");
    }
    long size = Files.size(path);
    if (size > maxBytes) {
      throw new IOException(path + ": has " + size + " bytes, more than max-bytes = " + maxBytes);
    }
    ListReader reader = new ListReader(path, format, below);
    NameList read = reader.read();
    remark = reader.remark();
    return read;
  }

  /** Whether it is time to read the file again: it has changed, and has stopped changing. */
  boolean hasChanged() {
    return file.hasSettled();
  }
}
