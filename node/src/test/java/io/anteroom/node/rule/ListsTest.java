// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.SettingsSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ListsTest {
  @TempDir private Path root;
  private Path directory;
  private Path outside;

  @BeforeEach
  void write() throws IOException {
    directory = Files.createDirectory(root.resolve("etc"));
    outside = Files.writeString(root.resolve("secret.txt"), "a secret line\n");
    Files.writeString(directory.resolve("names.txt"), "a.example\n");
    Files.createSymbolicLink(directory.resolve("link.txt"), outside);
  }

  @Test
  void fileOutsideTheDirectory_isForTheConfigurationOnly() throws Exception {
    Files.writeString(outside, "b.example\n");
    assertThat(lists().get(outside.toString()).names().size()).isEqualTo(1);
    assertThat(lists().ofOperator("names.txt").names().size()).isEqualTo(1);
    for (String file : new String[] {outside.toString(), "../secret.txt", "link.txt"}) {
      assertThatThrownBy(() -> lists().ofOperator(file))
          .as(file)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("outside");
    }
  }

  @Test
  void fileThatCannotBeRead_isNotQuotedToAnOperator() throws Exception {
    Files.writeString(directory.resolve("bad.txt"), "a secret line\n");
    assertThatThrownBy(() -> lists().ofOperator("bad.txt")).hasMessageNotContaining("secret");
  }

  @Test
  void zeroBytes_areNoList() throws IOException {
    Path zeros = Files.write(directory.resolve("zeros.txt"), new byte[1 << 20]);
    assertThatThrownBy(() -> lists().get(zeros.toString())).hasMessageContaining(zeros + ":1: ");
  }

  @Test
  void longLine_isNotShownWhole_norAreItsControlCharacters() throws IOException {
    Path file = directory.resolve("long.txt");
    Files.writeString(file, "a.example\n\u001b[31m" + "x".repeat(60_000) + "\n");
    assertThatThrownBy(() -> lists().get(file.toString()))
        .hasMessageContaining(file + ":2: ")
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(400).doesNotContain("\u001b"));
    Files.writeString(file, "x".repeat(40 << 20));
    assertThatThrownBy(() -> lists().get(file.toString()))
        .hasMessageContaining("longer than 64 KiB");
  }

  @Test
  void policyZone_thatGeneratesTooMuch_isRefusedAtOnce() throws IOException {
    Path zone = directory.resolve("policy.zone");
    Files.writeString(
        zone, "@ 60 IN SOA ns. host. 1 60 60 60 60\n$GENERATE 1-2147483647 h$.example CNAME .\n");
    assertThatThrownBy(() -> lists().get(zone.toString())).hasMessageContaining(zone + ":2: ");
  }

  private Lists lists() {
    try {
      return Lists.read(SettingsSource.text("text", "anteroom {}").block("anteroom"), directory);
    } catch (InvalidConfiguration e) {
      throw new AssertionError(e);
    }
  }
}
