// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataDirectoryTest {
  @TempDir private Path temporary;

  private Path outside;
  private DataDirectory data;

  /** An operation with one file that it changes. */
  @FunctionalInterface
  private interface Change {
    void of(DataDirectory data, String file) throws IOException;
  }

  private static final List<Change> CHANGES =
      List.of(
          (data, file) -> data.copy("a", file),
          (data, file) -> data.append("a", file),
          (data, file) -> data.append(bytes("new"), file),
          (data, file) -> data.write(bytes("new"), file, 0),
          (data, file) -> data.create(file, bytes("new")));

  @BeforeEach
  void open() throws IOException {
    outside = Files.writeString(temporary.resolve("outside"), "secret");
    data = DataDirectory.open(temporary.resolve("data"));
    put("a", "first");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private Path put(String file, String content) throws IOException {
    return Files.writeString(data.root().resolve(file), content);
  }

  private String get(String file) throws IOException {
    return Files.readString(data.root().resolve(file));
  }

  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.list(data.root())) {
      return all.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  private void fifo() throws Exception {
    Process made = new ProcessBuilder("mkfifo", data.root().resolve("fifo").toString()).start();
    assertThat(made.waitFor()).isZero();
  }

  @Test
  void directoryThatIsMissing_isCreatedForItsOwnerOnly() throws Exception {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.root())))
        .isEqualTo("rwx------");
  }

  @Test
  void directoryThatIsAFile_isRefused() {
    assertThatThrownBy(() -> DataDirectory.open(outside))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("can't use data-dir " + outside + ": exists");
  }

  @Test
  void copy_replacesTheTarget_andLeavesNothingElse() throws Exception {
    put("b", "a longer content");

    data.copy("a", "b");
    data.copy(data.root() + "/a", data.root() + "/c");

    assertThat(get("b")).isEqualTo("first");
    assertThat(get("c")).isEqualTo("first");
    assertThat(files()).containsExactly("a", "b", "c");
  }

  @Test
  void append_createsTheTarget_andAddsToIt() throws Exception {
    data.append("a", "b");
    data.append("a", "b");
    data.append(bytes("!"), "b");
    data.append("b", "b");

    assertThat(get("b")).isEqualTo("firstfirst!firstfirst!");
  }

  @Test
  void write_changesOnlyThatPosition() throws Exception {
    data.write(bytes("XY"), "a", 1);
    data.write(bytes("z"), "new", 2);

    assertThat(get("a")).isEqualTo("fXYst");
    assertThat(get("new")).isEqualTo("\0\0z");
  }

  @Test
  void remove_removesFilesAndLinks_notWhatTheyLeadTo() throws Exception {
    Files.createSymbolicLink(data.root().resolve("link"), outside);

    data.remove("link");
    data.remove("a");

    assertThat(files()).isEmpty();
    assertThat(outside).hasContent("secret");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "../outside|a path must not have \"..\"",
        "x/../../outside|a path must not have \"..\"",
        "/etc/passwd|is not below data-dir",
        "''|names no file",
        ".|names no file",
        "missing|no such file",
        "missing/file|missing: no such file",
        "a/file|a: is no directory",
        "link|is a symbolic link, which is not followed",
        "dirlink/file|dirlink: is a symbolic link, which is not followed",
        "dir|is a directory",
        "fifo|is no regular file",
      })
  void sourceThatIsNoFileBelow_isAnErrorWithItsName(String file, String reason) throws Exception {
    Files.createSymbolicLink(data.root().resolve("link"), outside);
    Files.createSymbolicLink(data.root().resolve("dirlink"), temporary);
    Files.createDirectory(data.root().resolve("dir"));
    fifo();

    assertThatThrownBy(() -> data.copy(file, "target"))
        .hasMessageStartingWith(file + ": " + reason);
    assertThat(files()).doesNotContain("target");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../outside", "link", "dirlink/outside", "dir", "fifo", "absent/x", "."})
  void targetThatIsNoFileBelow_isNotTouched(String file) throws Exception {
    Files.createSymbolicLink(data.root().resolve("link"), outside);
    Files.createSymbolicLink(data.root().resolve("dirlink"), temporary);
    Files.createDirectory(data.root().resolve("dir"));
    fifo();
    List<String> before = files();

    for (Change change : CHANGES) {
      assertThatThrownBy(() -> change.of(data, file)).isInstanceOf(FileFailure.class);
    }

    assertThat(outside).hasContent("secret");
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void pathThatIsNoPath_isAnErrorThatSaysWhy() {
    assertThatThrownBy(() -> data.copy("a\0b", "x")).hasMessage("a?b: a path must not have NUL");
    assertThatThrownBy(() -> data.copy("n".repeat(256), "x"))
        .hasMessageEndingWith(": a name has more than 255 characters");
    assertThatThrownBy(() -> data.copy("n/".repeat(3_000), "x"))
        .hasMessageEndingWith(": a path has more than 4096 characters");
  }

  @Test
  void sizesBeyondTheLimit_areRefused() throws Exception {
    try (RandomAccessFile sparse = new RandomAccessFile(put("big", "").toFile(), "rw")) {
      sparse.setLength(DataDirectory.MAX_FILE + 1);
    }

    assertThatThrownBy(() -> data.copy("big", "x")).hasMessageStartingWith("big: must not have");
    assertThatThrownBy(() -> data.append("a", "big")).hasMessageStartingWith("big: must not have");
    assertThatThrownBy(() -> data.append(bytes("x"), "big")).isInstanceOf(FileFailure.class);
    assertThatThrownBy(() -> data.write(bytes("x"), "a", -1)).isInstanceOf(FileFailure.class);
    assertThatThrownBy(() -> data.write(bytes("x"), "a", DataDirectory.MAX_FILE))
        .isInstanceOf(FileFailure.class);
    assertThat(files()).containsExactly("a", "big");
    assertThat(get("a")).isEqualTo("first");
  }

  /** A thread exchanges a directory and a link to one outside as fast as it can. */
  @Test
  void linkThatIsSwappedInBetween_leadsNobodyOut() throws Exception {
    Path inside = Files.createDirectory(data.root().resolve("dir"));
    Path elsewhere = Files.createDirectory(temporary.resolve("elsewhere"));
    Path link = Files.createSymbolicLink(data.root().resolve("link"), elsewhere);
    Path spare = data.root().resolve("spare");
    AtomicBoolean over = new AtomicBoolean();
    Thread swapper = new Thread(() -> swap(inside, link, spare, over));
    swapper.start();
    try {
      for (int i = 0; i < 2_000; i++) {
        write("dir/file" + i);
      }
    } finally {
      over.set(true);
      swapper.join();
    }

    assertThat(elsewhere).isEmptyDirectory();
  }

  private void write(String file) {
    try {
      data.append(bytes("content"), file);
    } catch (IOException e) {
      assertThat(e).isInstanceOf(FileFailure.class);
    }
  }

  private static void swap(Path directory, Path link, Path spare, AtomicBoolean over) {
    try {
      while (!over.get()) {
        Files.move(directory, spare);
        Files.move(link, directory);
        Files.move(directory, link);
        Files.move(spare, directory);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
