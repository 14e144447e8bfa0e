// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A name in an open directory, as {@link DataDirectory} explains. Errors are {@link FileFailure}s
 * with the path that the script gave. For one thread.
 */
final class DataFile implements AutoCloseable {
  private static final int CHUNK = 64 * 1024;
  private static final LinkOption NO_LINKS = LinkOption.NOFOLLOW_LINKS;

  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private final String text;
  private final SecureDirectoryStream<Path> directory;
  private final Path name;

  /**
   * Takes over the open directory.
   *
   * @param text the path that the script gave
   */
  DataFile(String text, SecureDirectoryStream<Path> directory, Path name) {
    this.text = text;
    this.directory = directory;
    this.name = name;
  }

  /** Something done with an open file. */
  @FunctionalInterface
  private interface Use {
    void with(SeekableByteChannel file) throws IOException;
  }

  /** Opens the file, which must be a regular one of at most MAX_FILE bytes. */
  SeekableByteChannel read() throws FileFailure {
    try {
      requireRegular();
      SeekableByteChannel file =
          directory.newByteChannel(name, Set.of(StandardOpenOption.READ, NO_LINKS));
      if (file.size() > DataDirectory.MAX_FILE) {
        file.close();
        throw tooLarge();
      }
      return file;
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** Puts a copy in the place of the file. */
  void replace(SeekableByteChannel content) throws FileFailure {
    try {
      requireRegularOrMissing();
      Path copy = Path.of(".copy-" + UUID.randomUUID());
      create(copy, file -> transfer(content, file));
      try {
        directory.move(copy, directory, name);
      } catch (IOException e) {
        directory.deleteFile(copy);
        throw e;
      }
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** Creates the file, or leaves nothing behind. */
  void create(byte[] content) throws FileFailure {
    try {
      create(name, file -> writeAll(file, ByteBuffer.wrap(content)));
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private void create(Path file, Use use) throws IOException {
    Set<OpenOption> options =
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, NO_LINKS);
    SeekableByteChannel created = directory.newByteChannel(file, options, OWNER_ONLY);
    try (created) {
      use.with(created);
    } catch (IOException e) {
      directory.deleteFile(file);
      throw e;
    }
  }

  /** Appends the content of another file. */
  void append(SeekableByteChannel content) throws FileFailure {
    change(StandardOpenOption.APPEND, file -> transfer(content, file));
  }

  /** Writes bytes, at the end if {@code how} is APPEND, else at the position. */
  void write(OpenOption how, long position, ByteBuffer bytes) throws FileFailure {
    boolean append = how == StandardOpenOption.APPEND;
    change(
        how,
        file -> {
          long start = append ? file.size() : position;
          if (start < 0 || start > DataDirectory.MAX_FILE - bytes.remaining()) {
            throw tooLarge();
          }
          if (!append) {
            file.position(position);
          }
          writeAll(file, bytes);
        });
  }

  private void change(OpenOption how, Use use) throws FileFailure {
    try {
      requireRegularOrMissing();
      // APPEND implies WRITE.
      Set<OpenOption> options = Set.of(StandardOpenOption.CREATE, how, NO_LINKS);
      try (SeekableByteChannel file = directory.newByteChannel(name, options, OWNER_ONLY)) {
        use.with(file);
      }
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** Removes a regular file or a link. */
  void remove() throws FileFailure {
    try {
      BasicFileAttributes found = look();
      if (found == null || !found.isSymbolicLink()) {
        requireRegular();
      }
      directory.deleteFile(name);
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** Copies as many bytes as the source has now, so that a file can be appended to itself. */
  private void transfer(SeekableByteChannel from, SeekableByteChannel to) throws IOException {
    long left = from.size();
    if (to.size() > DataDirectory.MAX_FILE - left) {
      throw tooLarge();
    }
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
    while (left > 0 && from.read(chunk.clear().limit((int) Math.min(CHUNK, left))) >= 0) {
      left -= chunk.flip().remaining();
      writeAll(to, chunk);
    }
  }

  private static void writeAll(SeekableByteChannel file, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      file.write(bytes);
    }
  }

  private void requireRegular() throws IOException {
    if (look() == null) {
      throw new NoSuchFileException(text);
    }
    requireRegularOrMissing();
  }

  private void requireRegularOrMissing() throws IOException {
    BasicFileAttributes found = look();
    if (found == null || found.isRegularFile()) {
      return;
    } else if (found.isSymbolicLink()) {
      throw new FileFailure(text, "is a symbolic link, which is not followed");
    }
    throw new FileFailure(text, found.isDirectory() ? "is a directory" : "is no regular file");
  }

  private @Nullable BasicFileAttributes look() throws IOException {
    try {
      return directory
          .getFileAttributeView(name, BasicFileAttributeView.class, NO_LINKS)
          .readAttributes();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private FileFailure tooLarge() {
    return new FileFailure(text, "must not have more than " + DataDirectory.MAX_FILE + " bytes");
  }

  private FileFailure failure(IOException e) {
    return e instanceof FileFailure known ? known : new FileFailure(text, e);
  }

  @Override
  public void close() throws FileFailure {
    try {
      directory.close();
    } catch (IOException e) {
      throw failure(e);
    }
  }
}
