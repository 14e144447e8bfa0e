// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ForeignTextTest {
  @TempDir private Path directory;

  @Test
  void plainText_isRead() throws InvalidConfiguration {
    String text = "name = a, match { suffix = [\"a.example\"] }, action { rcode = refused }";
    assertThat(SettingsSource.foreignText("rule", text).text("name", "")).isEqualTo("a");
  }

  @Test
  void bracketsInQuotes_areNoBlocks() throws InvalidConfiguration {
    String text = "name = \"" + "[{\\\"".repeat(200) + "\"";
    assertThat(SettingsSource.foreignText("rule", text).text("name", "")).startsWith("[{\"[{");
  }

  @ParameterizedTest
  @ValueSource(ints = {25, 1_000, 7_000})
  void blocksDeepWithinOneAnother_areRefused(int depth) {
    String text = "match " + "{ any = [".repeat(depth / 2) + "]}".repeat(depth / 2);
    assertThatThrownBy(() -> SettingsSource.foreignText("rule", text + "{".repeat(depth)))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessageContaining("deep");
  }

  @Test
  void valuesThatDouble_areRefused() {
    String text =
        "a0 = 0123456789"
            + IntStream.rangeClosed(1, 40)
                .mapToObj(i -> ", a%d = ${a%d}${a%d}".formatted(i, i - 1, i - 1))
                .collect(Collectors.joining());
    assertThatThrownBy(() -> SettingsSource.foreignText("rule", text))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessageContaining("${...}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"name = ${HOME}", "name = ${?PATH}", "name = ${java.version}"})
  void environment_isNotSeen(String text) {
    assertThatThrownBy(() -> SettingsSource.foreignText("rule", text))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessageContaining("${...}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "include \"%s\"",
        "include file(\"%s\")",
        "include required(file(\"%s\"))",
        "include url(\"file:%s\")",
        "include url(\"http://127.0.0.1:9/x\")",
        "include classpath(\"reference.conf\")",
        "a { include \"%s\" }"
      })
  void nothing_isIncluded(String text) throws IOException {
    Path secret = directory.resolve("secret.conf");
    Files.writeString(secret, "name = secret");
    assertThatThrownBy(() -> SettingsSource.foreignText("rule", text.formatted(secret)))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessageContaining("included")
        .hasMessageNotContaining("secret\n");
  }

  @Test
  void longText_isRefused() {
    assertThatThrownBy(() -> SettingsSource.foreignText("rule", "a = " + "x".repeat(70_000)))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessageContaining("characters");
  }
}
