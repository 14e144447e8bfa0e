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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TextLinesTest {
  @TempDir private Path directory;

  @Test
  void read_linesOfAllSystems_withNumbers() throws IOException {
    assertThat(read("a\r\n\nb ü\n\nlast".getBytes(StandardCharsets.UTF_8)))
        .containsExactly("1:a", "2:", "3:b ü", "4:", "5:last");
  }

  @Test
  void read_byteOrderMark_isLeftOut() throws IOException {
    assertThat(read("\ufeffa\n\ufeffb".getBytes(StandardCharsets.UTF_8)))
        .containsExactly("1:a", "2:\ufeffb");
  }

  @Test
  void read_empty_nothing() throws IOException {
    assertThat(read(new byte[0])).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16", "UTF-16BE", "UTF-16LE"})
  void read_utf16_saysSo(String encoding) {
    assertThatThrownBy(() -> read("127.0.0.1 a\n".getBytes(Charset.forName(encoding))))
        .isInstanceOf(IOException.class)
        .hasMessageMatching(".*/file:1: is (UTF-16, must be UTF-8|not UTF-8 text: .*)");
  }

  @Test
  void read_latin1_saysInWhichLine() {
    assertThatThrownBy(() -> read("a\n# für b\n".getBytes(StandardCharsets.ISO_8859_1)))
        .hasMessageEndingWith("/file:2: is not UTF-8");
  }

  @Test
  void read_lineWithoutEnd_isRefused() {
    byte[] long64k = "x".repeat(TextLines.LONGEST + 1).getBytes(StandardCharsets.US_ASCII);
    assertThatThrownBy(() -> read(long64k)).hasMessageEndingWith("/file:1: is longer than 64 KiB");
  }

  @Test
  void read_noFile_saysSo() {
    Path nowhere = directory.resolve("nowhere");
    assertThatThrownBy(() -> TextLines.read(nowhere, (n, line) -> {}))
        .hasMessage(nowhere + ": no such file");
    assertThatThrownBy(() -> TextLines.read(directory, (n, line) -> {}))
        .hasMessage(directory + ": no such file");
  }

  private List<String> read(byte[] content) throws IOException {
    Path file = Files.write(directory.resolve("file"), content);
    List<String> lines = new ArrayList<>();
    TextLines.read(file, (number, line) -> lines.add(number + ":" + line));
    return lines;
  }
}
