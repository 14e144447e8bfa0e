// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdminTokenTest {
  private static final SecureRandom RANDOM = new SecureRandom();

  @TempDir private Path directory;

  @Test
  void token_isMadeOnce_forItsOwnerAlone() throws Exception {
    Path file = directory.resolve("a").resolve("b").resolve("token");

    AdminToken made = AdminToken.openOrCreate(file, RANDOM);
    String text = AdminToken.read(file);

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(text).matches("[A-Za-z0-9_-]{43}");
    assertThat(made.matches(text)).isTrue();
    assertThat(AdminToken.openOrCreate(file, RANDOM).matches(text)).isTrue();
    assertThat(made.matches("")).isFalse();
    assertThat(made.matches(text + "x")).isFalse();
    assertThat(made.matches(text.substring(1))).isFalse();
  }

  @Test
  void token_ofTwoNodes_differs() throws Exception {
    AdminToken.openOrCreate(directory.resolve("one"), RANDOM);
    AdminToken.openOrCreate(directory.resolve("two"), RANDOM);

    assertThat(AdminToken.read(directory.resolve("one")))
        .isNotEqualTo(AdminToken.read(directory.resolve("two")));
  }

  @Test
  void nodes_thatStartTogether_haveOneToken() throws Exception {
    Path file = directory.resolve("token");
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      Callable<AdminToken> open = () -> AdminToken.openOrCreate(file, RANDOM);
      List<Future<AdminToken>> tokens =
          threads.invokeAll(Stream.generate(() -> open).limit(16).collect(Collectors.toList()));
      String text = AdminToken.read(file);
      for (Future<AdminToken> token : tokens) {
        assertThat(token.get().matches(text)).isTrue();
      }
    } finally {
      threads.shutdown();
    }
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void file_thatIsTooShort_isRefused() throws Exception {
    Path file = Files.writeString(directory.resolve("token"), "secret\n");

    assertThatThrownBy(() -> AdminToken.openOrCreate(file, RANDOM))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("32 characters");
  }

  @Test
  void directory_thatCannotBeMade_isToldOf() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "");

    assertThatThrownBy(() -> AdminToken.openOrCreate(file.resolve("token"), RANDOM))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("can't make the admin token")
        .hasMessageContaining("admin = off");
  }

  @Test
  void read_noFile_isToldOf() {
    assertThatThrownBy(() -> AdminToken.read(directory.resolve("absent")))
        .isInstanceOf(IOException.class)
        .hasMessage("there is no admin token in " + directory.resolve("absent"));
  }
}
