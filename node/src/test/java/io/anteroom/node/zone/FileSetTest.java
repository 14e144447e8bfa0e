// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to files while they are read is done by the loader that reads them. */
final class FileSetTest {
  @TempDir private Path directory;
  private Path file;
  private final Queue<Action> afterReading = new ArrayDeque<>();

  private interface Action {
    void run() throws IOException;
  }

  @BeforeEach
  void write() throws IOException {
    file = Files.writeString(directory.resolve("file"), "old");
  }

  private FileSet<String> files() {
    return new FileSet<>(
        List.of(file),
        included -> {
          String content = Files.readString(file);
          Action action = afterReading.poll();
          if (action != null) {
            action.run();
          }
          if (content.startsWith("bad")) {
            throw new IOException(file + ":1: " + content);
          }
          return content;
        });
  }

  @Test
  void load_unchangedMeanwhile_isKnown() throws IOException {
    FileSet<String> files = files();
    assertThat(files.hasChanged()).isTrue();
    assertThat(files.load()).isEqualTo("old");
    assertThat(files.hasChanged()).isFalse();
  }

  @Test
  void load_writtenMeanwhile_readsAgain() throws IOException {
    afterReading.add(() -> Files.writeString(file, "newer"));
    assertThat(files().load()).isEqualTo("newer");
  }

  @Test
  void load_replacedMeanwhile_readsAgain() throws IOException {
    Path other = Files.writeString(directory.resolve("other"), "new");
    Files.setLastModifiedTime(other, Files.getLastModifiedTime(file));
    afterReading.add(() -> Files.move(other, file, StandardCopyOption.REPLACE_EXISTING));
    assertThat(files().load()).as("same size and time, another file").isEqualTo("new");
  }

  @Test
  void load_halfWritten_isNoMistake() throws IOException {
    Files.writeString(file, "bad, half of it");
    afterReading.add(() -> Files.writeString(file, "whole"));
    assertThat(files().load()).isEqualTo("whole");
  }

  @Test
  void load_changesAllTheTime_givesUpAndTriesLater() throws IOException {
    for (int i = 0; i < 3; i++) {
      String content = "version" + "!".repeat(i);
      afterReading.add(() -> Files.writeString(file, content));
    }
    FileSet<String> files = files();
    assertThatThrownBy(files::load).hasMessage(file + ": keeps changing while it is read");
    assertThat(files.hasChanged()).isTrue();
    assertThat(files.load()).isEqualTo("version!!");
  }

  @Test
  void load_bad_isNotTriedAgainUnlessItChanges() throws IOException {
    Files.writeString(file, "bad line");
    FileSet<String> files = files();
    assertThatThrownBy(files::load).hasMessage(file + ":1: bad line");
    assertThat(files.hasChanged()).isFalse();
    Files.writeString(file, "good again");
    assertThat(files.hasChanged()).isTrue();
  }

  @Test
  void hasChanged_fileGoesAndComesBack() throws IOException {
    FileSet<String> files = files();
    files.load();
    Files.delete(file);
    assertThat(files.hasChanged()).isTrue();
    assertThatThrownBy(files::load).isInstanceOf(IOException.class);
    assertThat(files.hasChanged()).isFalse();
    Files.writeString(file, "back");
    assertThat(files.hasChanged()).isTrue();
    assertThat(files.load()).isEqualTo("back");
  }

  @Test
  void hasSettled_onlyWhenNothingChangedSinceTheLastLook() throws IOException {
    FileSet<String> files = files();
    files.load();
    assertThat(files.hasSettled()).isFalse();
    Files.writeString(file, "");
    assertThat(files.hasSettled()).as("emptied").isFalse();
    Files.writeString(file, "filled");
    assertThat(files.hasSettled()).as("filled").isFalse();
    assertThat(files.hasSettled()).isTrue();
    files.load();
    assertThat(files.hasSettled()).isFalse();
  }
}
