// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.Addresses;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class HostsTest {
  private static final String TEXT =
      """
      # a comment
      192.0.2.1   www.example  www  # and another
      2001:db8::1 www.example
      192.0.2.2   WWW.example
      192.0.2.300 broken.example
      192.0.2.4
      192.0.2.5   other.example
      """;

  private static InetAddress address(String text) {
    return Addresses.literal(text);
  }

  @Test
  void find_name_allAddressesOfAllLines() {
    HostEntry found = Hosts.parse(TEXT.lines()).find("Www.Example.", AddressFamily.ANY);

    assertThat(found)
        .isEqualTo(
            new HostEntry(
                "www.example",
                List.of("www", "WWW.example"),
                List.of(address("192.0.2.1"), address("2001:db8::1"), address("192.0.2.2"))));
  }

  @Test
  @Timeout(10)
  void file_thatIsAPipe_isAsIfItWereEmpty(@TempDir Path directory) throws Exception {
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();

    assertThat(new WatchedFile<>(pipe, Stream::toList).content()).isEmpty();
  }

  @Test
  void find_family_onlyItsAddresses() {
    Hosts hosts = Hosts.parse(TEXT.lines());

    assertThat(hosts.find("www.example", AddressFamily.IPV6).addresses())
        .containsExactly(address("2001:db8::1"));
    assertThat(hosts.find("www", AddressFamily.IPV6)).isNull();
  }

  @Test
  void find_alias_itsOfficialName() {
    assertThat(Hosts.parse(TEXT.lines()).find("www", AddressFamily.ANY).name())
        .isEqualTo("www.example");
  }

  @Test
  void find_brokenLine_isSkipped() {
    Hosts hosts = Hosts.parse(TEXT.lines());

    assertThat(hosts.find("broken.example", AddressFamily.ANY)).isNull();
    assertThat(hosts.find("other.example", AddressFamily.ANY)).isNotNull();
  }

  @Test
  void find_address_itsNames() {
    assertThat(Hosts.parse(TEXT.lines()).find(address("192.0.2.1")))
        .isEqualTo(new HostEntry("www.example", List.of("www"), List.of(address("192.0.2.1"))));
    assertThat(Hosts.parse(TEXT.lines()).find(address("192.0.2.9"))).isNull();
  }

  @Test
  void file_changed_isReadAgain(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("hosts");
    WatchedFile<Hosts> watched = new WatchedFile<>(file, Hosts::parse);
    assertThat(watched.content().find("a", AddressFamily.ANY)).isNull();

    Files.writeString(file, "192.0.2.1 a\n");
    assertThat(watched.content().find("a", AddressFamily.ANY)).isNotNull();

    Files.writeString(file, "192.0.2.1 b\n");
    Files.setLastModifiedTime(file, FileTime.fromMillis(12_345));
    assertThat(watched.content().find("a", AddressFamily.ANY)).isNull();
    assertThat(watched.content().find("b", AddressFamily.ANY)).isNotNull();

    Files.delete(file);
    assertThat(watched.content().find("b", AddressFamily.ANY)).isNull();
  }
}
