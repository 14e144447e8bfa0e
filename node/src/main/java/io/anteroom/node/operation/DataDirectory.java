// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The files below one directory, the only ones that the file operations of scripts may name. Safe
 * for any thread; all methods block.
 *
 * <p><b>What is guaranteed.</b> No file outside of the directory is read, written or removed,
 * whatever symbolic links anybody creates below it, and whenever. The path is walked from the
 * directory element by element, each opened relative to the one before (openat) and with
 * O_NOFOLLOW. No link is ever followed, and a link that is put in the place of a file between two
 * steps makes the second one fail. Links in the path of the directory itself are followed.
 *
 * <p>A file is also checked to be a regular one, before it is opened. If somebody puts a FIFO in
 * its place between the two, the thread waits for the other end of the FIFO. {@link #copy} never
 * opens its target, but renames a new file to it. A hard link is a file like any other.
 *
 * <p>A path may be relative to the directory, or absolute and below it. It may not have {@code ..},
 * and intermediate directories must exist.
 */
public final class DataDirectory {
  /** The maximum size in bytes of a file that is copied or written. */
  public static final long MAX_FILE = 1L << 30;

  private static final int MAX_PATH = 4_096;
  private static final int MAX_NAME = 255;

  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private final Path named;
  private final Path root;

  private DataDirectory(Path named, Path root) {
    this.named = named;
    this.root = root;
  }

  /**
   * Opens a directory. If it does not exist, it is created, for its owner only.
   *
   * @throws IOException if that is not possible, or if this platform can't open files relative to a
   *     directory; with a message for the operator
   */
  public static DataDirectory open(Path directory) throws IOException {
    Path absolute = directory.toAbsolutePath().normalize();
    try {
      if (!Files.isDirectory(absolute)) {
        Files.createDirectories(absolute, OWNER_ONLY);
      }
      DataDirectory data = new DataDirectory(absolute, absolute.toRealPath());
      data.top().close();
      return data;
    } catch (IOException | UnsupportedOperationException e) {
      throw new IOException("can't use data-dir %s: %s".formatted(absolute, reason(e)), e);
    }
  }

  private static String reason(Exception e) {
    return e instanceof IOException failure
        ? FileFailure.reason(failure)
        : "files have no permissions here";
  }

  /** The directory, as an absolute path without symbolic links. */
  public Path root() {
    return root;
  }

  /**
   * Copies a file of at most {@link #MAX_FILE} bytes. The target is created, or replaced in one
   * step: nobody sees a part of it.
   */
  public void copy(String from, String to) throws IOException {
    try (DataFile source = find(from);
        SeekableByteChannel content = source.read();
        DataFile target = find(to)) {
      target.replace(content);
    }
  }

  /** Appends a file to another, which is created if missing and then has at most MAX_FILE bytes. */
  public void append(String from, String to) throws IOException {
    try (DataFile source = find(from);
        SeekableByteChannel content = source.read();
        DataFile target = find(to)) {
      target.append(content);
    }
  }

  /** Appends bytes to a file, which is created if missing and then has at most MAX_FILE bytes. */
  public void append(byte[] bytes, String file) throws IOException {
    try (DataFile target = find(file)) {
      target.write(StandardOpenOption.APPEND, 0, ByteBuffer.wrap(bytes));
    }
  }

  /**
   * Writes bytes at a position of a file, which is created if missing. What is before the position
   * and not in the file becomes zeros.
   */
  public void write(byte[] bytes, String file, long position) throws IOException {
    try (DataFile target = find(file)) {
      target.write(StandardOpenOption.WRITE, position, ByteBuffer.wrap(bytes));
    }
  }

  /** Removes a file or a symbolic link. */
  public void remove(String file) throws IOException {
    try (DataFile found = find(file)) {
      found.remove();
    }
  }

  /**
   * Creates a file with this content, for its owner only.
   *
   * @return its absolute path
   */
  public Path create(String file, byte[] content) throws IOException {
    try (DataFile created = find(file)) {
      created.create(content);
    }
    return root.resolve(file);
  }

  /** Creates a directory directly below this one, for its owner only, unless it exists. */
  public void createDirectory(String name) throws IOException {
    Path directory = root.resolve(name);
    if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try {
      Files.createDirectory(directory, OWNER_ONLY);
    } catch (IOException e) {
      throw new FileFailure(directory.toString(), e);
    }
  }

  /** Opens the directory that has a file. */
  private DataFile find(String text) throws IOException {
    List<Path> names = names(text);
    int last = names.size() - 1;
    SecureDirectoryStream<Path> directory = top();
    for (Path name : names.subList(0, last)) {
      try (SecureDirectoryStream<Path> above = directory) {
        directory = above.newDirectoryStream(name, LinkOption.NOFOLLOW_LINKS);
      } catch (IOException e) {
        throw new FileFailure(text, "%s: %s".formatted(name, FileFailure.reason(e)));
      }
    }
    return new DataFile(text, directory, names.get(last));
  }

  // The caller closes the stream, or goes on to one below it.
  @SuppressWarnings("StreamResourceLeak")
  private SecureDirectoryStream<Path> top() throws IOException {
    DirectoryStream<Path> stream = Files.newDirectoryStream(root);
    if (stream instanceof SecureDirectoryStream<Path> secure) {
      return secure;
    }
    stream.close();
    throw new IOException("files can't be opened relative to a directory on this platform");
  }

  private List<Path> names(String text) throws FileFailure {
    List<Path> names = new ArrayList<>();
    for (Path name : below(text)) {
      if (name.toString().equals("..")) {
        throw new FileFailure(text, "a path must not have \"..\"");
      } else if (name.toString().length() > MAX_NAME) {
        throw new FileFailure(text, "a name has more than " + MAX_NAME + " characters");
      } else if (!name.toString().isEmpty() && !name.toString().equals(".")) {
        names.add(name);
      }
    }
    if (names.isEmpty()) {
      throw new FileFailure(text, "names no file");
    }
    return names;
  }

  /** The path relative to this directory. */
  private Path below(String text) throws FileFailure {
    if (text.length() > MAX_PATH) {
      throw new FileFailure(
          text.substring(0, 40) + "...", "a path has more than " + MAX_PATH + " characters");
    }
    try {
      Path path = Path.of(text);
      if (!path.isAbsolute()) {
        return path;
      }
      for (Path start : List.of(root, named)) {
        if (path.startsWith(start)) {
          return start.relativize(path);
        }
      }
      throw new FileFailure(text, "is not below data-dir " + root);
    } catch (InvalidPathException e) {
      boolean hasNul = text.indexOf('\0') >= 0;
      throw new FileFailure(text, hasNul ? "a path must not have NUL" : "is no path");
    }
  }
}
