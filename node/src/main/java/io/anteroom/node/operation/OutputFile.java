// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * A file that a process writes its output to. Unlike the end of a pipe it never blocks who reads
 * it, whatever other processes hold it open. It has no name once the process has been started, so
 * nothing of it is left, however this one ends.
 */
final class OutputFile implements Closeable {
  private final Path path;
  private final FileChannel channel;

  /** Makes one in the directory for temporary files, which only its owner can read. */
  OutputFile() throws IOException {
    path = Files.createTempFile("anteroom-exec", "");
    channel = FileChannel.open(path, StandardOpenOption.READ);
  }

  ProcessBuilder.Redirect redirect() {
    return ProcessBuilder.Redirect.to(path.toFile());
  }

  /** Takes its name away. */
  void unlink() throws IOException {
    Files.deleteIfExists(path);
  }

  /**
   * Checks its size.
   *
   * @throws TooLarge if it is larger than so many bytes
   */
  void check(int most) throws IOException, TooLarge {
    if (channel.size() > most) {
      throw new TooLarge("more than " + most + " bytes");
    }
  }

  /** Reads all of it, as much as {@link #check} has last allowed. */
  byte[] read(int most) throws IOException, TooLarge {
    check(most);
    ByteBuffer bytes = ByteBuffer.allocate((int) channel.size());
    int n = 0;
    while (n >= 0 && bytes.hasRemaining()) {
      n = channel.read(bytes, bytes.position());
    }
    return Arrays.copyOf(bytes.array(), bytes.position());
  }

  @Override
  public void close() throws IOException {
    channel.close();
    unlink();
  }
}
