// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Reads a text file in UTF-8 line by line, whatever its size. Only regular files are read: a pipe
 * could make whoever reads it wait for ever. What is in another encoding is said to be so, with its
 * line, instead of being taken for what it is not.
 */
public final class TextLines {
  /** Longer lines are no lines of what is read here. */
  static final int LONGEST = 1 << 16;

  private static final int BUFFER = 1 << 16;
  private static final int SHOWN = 200;

  private final Path file;
  private final InputStream in;
  private byte[] line = new byte[256];
  private int length;
  private int number;

  /** What is done with a line. */
  @FunctionalInterface
  public interface Taker {
    void take(int number, String line) throws IOException;
  }

  private TextLines(Path file, InputStream in) {
    this.file = file;
    this.in = in;
  }

  /**
   * Hands over the lines, without their ends; a byte order mark is left out.
   *
   * @throws IOException with file and line if it is not UTF-8, or a line is longer than 64 KiB
   */
  public static void read(Path file, Taker taker) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + ": no such file");
    }
    if (!Files.isReadable(file)) {
      throw new IOException(file + ": can't be read, permission denied");
    }
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER)) {
      TextLines lines = new TextLines(file, in);
      while (lines.next()) {
        taker.take(lines.number, lines.text());
      }
    }
  }

  private boolean next() throws IOException {
    length = 0;
    number++;
    int read = in.read();
    if (read < 0) {
      return false;
    }
    for (; read >= 0 && read != '\n'; read = in.read()) {
      if (read == 0 || length == LONGEST) {
        throw bad(read == 0 ? "is not UTF-8 text: it has a zero byte" : "is longer than 64 KiB");
      }
      if (length == line.length) {
        line = Arrays.copyOf(line, length * 2);
      }
      line[length++] = (byte) read;
      if (number == 1 && length == 2) {
        refuseUtf16();
      }
    }
    if (length > 0 && line[length - 1] == '\r') {
      length--;
    }
    return true;
  }

  private void refuseUtf16() throws IOException {
    int mark = (line[0] & 0xff) << 8 | (line[1] & 0xff);
    if (mark == 0xfeff || mark == 0xfffe) {
      throw bad("is UTF-16, must be UTF-8");
    }
  }

  private String text() throws IOException {
    if (isAscii()) {
      return new String(line, 0, length, StandardCharsets.ISO_8859_1);
    }
    try {
      ByteBuffer bytes = ByteBuffer.wrap(line, 0, length);
      String text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
      return number == 1 && text.startsWith("\ufeff") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw bad("is not UTF-8");
    }
  }

  private boolean isAscii() {
    for (int i = 0; i < length; i++) {
      if (line[i] < 0) {
        return false;
      }
    }
    return true;
  }

  /** A text from a file as it may stand in a message: short, and without control characters. */
  public static String shown(String text) {
    StringBuilder shown = new StringBuilder();
    text.chars()
        .limit(SHOWN)
        .forEach(c -> shown.append(Character.isISOControl(c) ? '?' : (char) c));
    return text.length() > SHOWN ? shown.append("...").toString() : shown.toString();
  }

  private IOException bad(String what) {
    return new IOException(file + ":" + number + ": " + what);
  }
}
