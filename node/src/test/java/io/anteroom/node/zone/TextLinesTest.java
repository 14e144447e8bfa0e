// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TextLinesTest {
  private static final long MAX_BYTES = 1 << 20;

  @TempDir private Path directory;
  private final BadLines bad = new BadLines(5);

  @Test
  void read_linesOfAllSystems_withNumbers() throws IOException {
    assertThat(read("a\r\n\nb ü\n\nlast".getBytes(StandardCharsets.UTF_8)))
        .containsExactly("1:a", "2:", "3:b ü", "4:", "5:last");
  }

  @Test
  void read_byteOrderMark_isLeftOut() throws IOException {
    assertThat(read("\ufeffa\n\ufeffb".getBytes(StandardCharsets.UTF_8)))
        .containsExactly("1:a", "2:\ufeffb");
    assertThat(read("\ufeff".getBytes(StandardCharsets.UTF_8))).containsExactly("1:");
  }

  @Test
  void read_empty_nothing() throws IOException {
    assertThat(read(new byte[0])).isEmpty();
  }

  @Test
  void read_linesAcrossBuffers_areWhole() throws IOException {
    String odd = "x".repeat(9_999);
    assertThat(read((odd + "\n").repeat(50).getBytes(StandardCharsets.US_ASCII)))
        .hasSize(50)
        .allMatch(line -> line.endsWith(":" + odd));
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16", "x-UTF-16LE-BOM"})
  void read_utf16_isRefused(String encoding) {
    assertThatThrownBy(() -> read("127.0.0.1 a\n".getBytes(Charset.forName(encoding))))
        .isInstanceOf(IOException.class)
        .hasMessageEndingWith("/file:1: is UTF-16, must be UTF-8");
  }

  @Test
  void read_linesThatAreNoText_areWrongLines_andTheOthersAreRead() throws IOException {
    byte[] latin1 = "a\n# für b\n\0\nc".getBytes(StandardCharsets.ISO_8859_1);

    assertThat(read(latin1)).containsExactly("1:a", "4:c");
    assertThat(bad.first())
        .satisfiesExactly(
            line -> assertThat(line).endsWith("/file:2: is not UTF-8"),
            line -> assertThat(line).endsWith("/file:3: is not UTF-8 text: it has a zero byte"));
  }

  @Test
  void read_lineWithoutEnd_isAWrongLine_ofWhichNothingIsKept() throws IOException {
    String long64k = "x".repeat(TextLines.LONGEST + 1);

    assertThat(read((long64k + "\nb\n").getBytes(StandardCharsets.US_ASCII)))
        .containsExactly("2:b");
    assertThat(bad.first()).singleElement().asString().endsWith("/file:1: is longer than 64 KiB");
  }

  @Test
  void open_tooLarge_isRefusedUnread() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "a\n".repeat(100));

    assertThatThrownBy(() -> TextLines.open(file, 199, bad))
        .hasMessage(file + ": has 200 bytes, more than max-bytes = 199");
  }

  @Test
  @Timeout(10)
  void open_noRegularFile_saysSo_andDoesNotWaitForAWriter() throws Exception {
    Path nowhere = directory.resolve("nowhere");
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();

    assertThatThrownBy(() -> TextLines.open(nowhere, MAX_BYTES, bad))
        .hasMessage(nowhere + ": no such file");
    assertThatThrownBy(() -> TextLines.open(directory, MAX_BYTES, bad))
        .hasMessage(directory + ": is no regular file");
    assertThatThrownBy(() -> TextLines.open(pipe, MAX_BYTES, bad))
        .hasMessage(pipe + ": is no regular file");
  }

  @Test
  void wrongLine_isToldShort_andWithoutControlCharacters() {
    bad.add(Path.of("f"), 7, "\u001b[31m\nforged \u202e" + "x".repeat(1 << 20) + "xx\u202exx");

    assertThat(bad.first())
        .singleElement()
        .asString()
        .startsWith("f:7: \\u{1b}[31m\\u{a}forged \\u{202e}xxx")
        .contains("xxx...xxx")
        .endsWith("xx\\u{202e}xx")
        .hasSizeLessThan(220);
  }

  private List<String> read(byte[] content) throws IOException {
    Path file = Files.write(directory.resolve("file"), content);
    List<String> lines = new ArrayList<>();
    try (TextLines in = TextLines.open(file, MAX_BYTES, bad)) {
      for (String line = in.next(); line != null; line = in.next()) {
        lines.add(in.number() + ":" + line);
      }
    }
    return lines;
  }
}
