// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.config.IdentitySettings;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.LocalSettings;
import io.anteroom.node.wire.WireName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a configuration says about local data. */
final class LocalConfigurationTest {
  @TempDir private Path directory;

  @Test
  void local_everySettingIsRead() throws Exception {
    Path hosts = Files.writeString(directory.resolve("a.hosts"), "");
    LocalSettings local =
        read(
            """
            local { hosts = ["a.hosts"], ttl = 5m, watch = 3s }
            special-names { except = ["10.in-addr.arpa", "test"] }
            identity { version = "anteroom", id = "node-1" }
            """);
    assertThat(local)
        .isEqualTo(
            new LocalSettings(
                List.of(hosts),
                300,
                Duration.ofSeconds(3),
                true,
                List.of(WireName.parse("10.in-addr.arpa"), WireName.parse("test")),
                new IdentitySettings("anteroom", "node-1")));
  }

  @Test
  void local_leftOut_hasDefaults() throws Exception {
    assertThat(read("")).isEqualTo(LocalSettings.DEFAULT);
    assertThat(read("special-names = on")).isEqualTo(LocalSettings.DEFAULT);
  }

  @Test
  void local_off() throws Exception {
    assertThat(read("special-names = off").specialNames()).isFalse();
    assertThat(read("local.watch = off").watch()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "local.hosts = [nowhere]                  | local.hosts[0]: no such file: ",
        "local.hosts = [{}]                       | local.hosts[0]: must be a text",
        "local.hosts = [a.conf, a.conf]           | local.hosts: has ",
        "local.ttl = 60                           | local.ttl: must be a duration",
        "local.ttl = 8d                           | local.ttl: must be ",
        "local.watch = 1ms                        | local.watch: must be ",
        "local.watch = never                      | local.watch: must be a duration",
        "local.host = [a]                         | local.host: unknown key",
        "special-names = maybe                    | special-names: must be on or off",
        "special-names { except = [\"a..b\"] }    | special-names.except[0]: domain name",
        "special-names { without = [a] }          | special-names.without: unknown key",
      })
  void bad_isNamedWithItsLine(String line, String message) {
    assertThatThrownBy(() -> read(line))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessageContaining("a.conf:2: anteroom." + message);
  }

  private LocalSettings read(String settings) throws InvalidConfiguration, IOException {
    Path file = directory.resolve("a.conf");
    Files.writeString(file, "anteroom {\n" + settings + "\n}");
    return NodeConfiguration.load(file).settings().local();
  }
}
