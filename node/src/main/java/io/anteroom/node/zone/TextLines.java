// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads a text file in UTF-8 line by line: hosts files, lists, zone files. Lines end with LF or
 * CRLF; a byte order mark is skipped. A line that is not valid text (invalid UTF-8, a zero byte,
 * longer than {@link #LONGEST}) is reported and skipped, so that no file can create a longer
 * string. Not thread-safe; it may block. Only regular files are opened, because a pipe could block
 * forever.
 */
public final class TextLines implements AutoCloseable {
  /** The maximum number of bytes in a line. */
  static final int LONGEST = 1 << 16;

  private static final int BUFFER = 1 << 16;

  private final Path file;
  private final InputStream in;
  private final long maxBytes;
  private final BadLines bad;
  private final byte[] buffer = new byte[BUFFER];
  private int at;
  private int end;
  private final long size;
  private long read;
  private byte[] line = new byte[256];
  private int length;
  private int number;

  private TextLines(Path file, InputStream in, long size, long maxBytes, BadLines bad) {
    this.file = file;
    this.in = in;
    this.size = size;
    this.maxBytes = maxBytes;
    this.bad = bad;
  }

  /**
   * Opens a file.
   *
   * @param maxBytes the maximum size of the file
   * @param bad receives lines that are not valid text
   * @throws IOException if it is not a regular file, or can't be read
   */
  public static TextLines open(Path file, long maxBytes, BadLines bad) throws IOException {
    if (!Files.exists(file)) {
      throw new IOException(file + ": no such file");
    }
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + ": is no regular file");
    }
    if (!Files.isReadable(file)) {
      throw new IOException(file + ": can't be read, permission denied");
    }
    long size = Files.size(file);
    if (size > maxBytes) {
      throw new IOException(file + ": has " + size + " bytes, more than max-bytes = " + maxBytes);
    }
    return new TextLines(file, Files.newInputStream(file), size, maxBytes, bad);
  }

  /**
   * The next line without its line end; null after the last one.
   *
   * @throws IOException if the file can't be read, is UTF-16, or has grown beyond its limit
   */
  public @Nullable String next() throws IOException {
    while (readLine()) {
      String text = text();
      if (text != null) {
        return text;
      }
    }
    return null;
  }

  /** The number of the last line that was read, from 1. */
  public int number() {
    return number;
  }

  /** The size of the file when it was opened. */
  long size() {
    return size;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  /** Reads a line; stores at most {@link #LONGEST} bytes and one more. */
  private boolean readLine() throws IOException {
    length = 0;
    if (at == end && !fill()) {
      return false;
    }
    number++;
    do {
      int stop = at;
      while (stop < end && buffer[stop] != '\n') {
        stop++;
      }
      append(stop);
      at = stop;
      if (stop < end) {
        at++;
        break;
      }
    } while (fill());
    if (number == 1) {
      readMark();
    }
    if (length > 0 && line[length - 1] == '\r') {
      length--;
    }
    return true;
  }

  private void append(int stop) {
    int more = Math.min(stop - at, LONGEST + 1 - length);
    if (length + more > line.length) {
      line = Arrays.copyOf(line, Math.max(length + more, line.length * 2));
    }
    System.arraycopy(buffer, at, line, length, more);
    length += more;
  }

  private boolean fill() throws IOException {
    at = 0;
    end = Math.max(0, in.read(buffer));
    read += end;
    if (read > maxBytes) {
      throw new IOException(file + ": has more bytes than max-bytes = " + maxBytes);
    }
    return end > 0;
  }

  private void readMark() throws IOException {
    int mark = length < 2 ? 0 : (line[0] & 0xff) << 8 | (line[1] & 0xff);
    if (mark == 0xfeff || mark == 0xfffe) {
      throw new IOException(file + ":1: is UTF-16, must be UTF-8");
    }
    if (mark == 0xefbb && length > 2 && (line[2] & 0xff) == 0xbf) {
      length -= 3;
      System.arraycopy(line, 3, line, 0, length);
    }
  }

  /** The line as text; null if it is not valid text. */
  private @Nullable String text() {
    boolean ascii = true;
    boolean zero = false;
    for (int i = 0; i < length; i++) {
      ascii &= line[i] >= 0;
      zero |= line[i] == 0;
    }
    if (length > LONGEST) {
      bad.add(file, number, "is longer than 64 KiB");
    } else if (zero) {
      bad.add(file, number, "is not UTF-8 text: it has a zero byte");
    } else if (ascii) {
      return new String(line, 0, length, StandardCharsets.ISO_8859_1);
    } else {
      return decoded();
    }
    return null;
  }

  private @Nullable String decoded() {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(line, 0, length);
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      bad.add(file, number, "is not UTF-8");
      return null;
    }
  }
}
