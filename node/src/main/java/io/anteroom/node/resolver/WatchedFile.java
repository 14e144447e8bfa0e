// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The parsed content of a text file, which is read again when the file has changed. A file that
 * can't be read, is not a regular file, or is larger than 16 MiB counts as empty. Thread-safe;
 * reads the file on the caller's thread.
 */
final class WatchedFile<T> {
  private static final long MAX_BYTES = 16 << 20;

  private final Path file;
  private final Function<Stream<String>, T> parser;
  private volatile State<T> state;

  private record State<T>(@Nullable FileTime modified, long size, @Nullable Object key, T content) {

    boolean isOf(BasicFileAttributes now) {
      return now.lastModifiedTime().equals(modified)
          && now.size() == size
          && Objects.equals(now.fileKey(), key);
    }
  }

  WatchedFile(Path file, Function<Stream<String>, T> parser) {
    this.file = file;
    this.parser = parser;
    this.state = new State<>(null, 0, null, parser.apply(Stream.empty()));
  }

  /** The current content. */
  T content() {
    State<T> known = state;
    try {
      BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
      if (!known.isOf(now)) {
        known = read(now);
      }
    } catch (IOException e) {
      known = new State<>(null, 0, null, parser.apply(Stream.empty()));
    }
    state = known;
    return known.content();
  }

  private State<T> read(BasicFileAttributes now) throws IOException {
    String text = "";
    // Reading a pipe would block until there is a writer.
    if (now.isRegularFile() && now.size() <= MAX_BYTES) {
      // A comment in another encoding must not make the file unreadable.
      text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }
    return new State<>(
        now.lastModifiedTime(), now.size(), now.fileKey(), parser.apply(text.lines()));
  }
}
