// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.config.ZoneSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ZoneTextTest {
  private static final String BEGIN =
      "@ 60 IN SOA ns.a.example. host.a.example. 1 60 60 60 60\n@ 60 IN NS ns.a.example.\n";

  @TempDir private Path directory;

  @Test
  void includedFiles_areFound_whereverTheyAre() throws IOException {
    Path zone = write("a.zone", BEGIN + "$INCLUDE sub/one.zone\n$include two.zone\n");
    Files.createDirectory(directory.resolve("sub"));
    Path one = write("sub/one.zone", "$INCLUDE three.zone\n");
    Path three = write("sub/three.zone", "www 60 IN A 192.0.2.1\n");
    Path two = write("two.zone", "");
    assertThat(ZoneText.check(zone)).containsExactly(zone, one, three, two);
  }

  @Test
  void fileThatIncludesItself_isRefused_withItsLine() throws IOException {
    Path zone = write("a.zone", BEGIN + "$INCLUDE a.zone\n");
    assertThatThrownBy(() -> ZoneFile.read(new ZoneSettings("a.example", zone)))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(zone + ":3: ")
        .hasMessageContaining("deep");
  }

  @Test
  void filesThatIncludeOneAnotherTwice_areRefused_beforeThereAreThousands() throws IOException {
    write("a.zone", BEGIN + "$INCLUDE b.zone\n$INCLUDE b.zone\n".repeat(20));
    write("b.zone", "$INCLUDE c.zone\n".repeat(40));
    write("c.zone", "$INCLUDE d.zone\n".repeat(40));
    write("d.zone", "");
    assertThatThrownBy(() -> ZoneText.check(directory.resolve("a.zone")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("included files");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1-2147483647", "0-4000000000/2", "1-1000001"})
  void generatedRecords_areBounded(String range) throws IOException {
    Path zone = write("a.zone", BEGIN + "$GENERATE " + range + " h$ A 192.0.2.1\n");
    assertThatThrownBy(() -> ZoneFile.read(new ZoneSettings("a.example", zone)))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(zone + ":3: ")
        .hasMessageContaining("1000000");
  }

  @Test
  void someGeneratedRecords_areMade() throws IOException {
    Path zone = write("a.zone", BEGIN + "$GENERATE 1-200/2 h$ A 192.0.2.1\n");
    assertThat(ZoneFile.read(new ZoneSettings("a.example", zone)).records()).hasSize(2 + 100);
  }

  @Test
  void pipe_isNotWaitedFor() throws Exception {
    Path pipe = directory.resolve("pipe.zone");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Path zone = write("a.zone", BEGIN + "$INCLUDE pipe.zone\n");
    assertThatThrownBy(() -> ZoneText.check(zone))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(zone + ":3: " + pipe);
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }
}
