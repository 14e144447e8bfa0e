// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.testing.TlsIdentity;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers in the forms of ares_set_servers_csv(3). */
class ServerTextTest {
  @TempDir private Path directory;
  private static final String PIN = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 192.0.2.1, 53",
    "192.0.2.1:5300, 192.0.2.1, 5300",
    "2001:db8::1, 2001:db8::1, 53",
    "[2001:db8::1], 2001:db8::1, 53",
    "[2001:db8::1]:5300, 2001:db8::1, 5300",
    "dns://192.0.2.1, 192.0.2.1, 53",
    "dns://192.0.2.1/, 192.0.2.1, 53",
    "dns://192.0.2.1:5300, 192.0.2.1, 5300",
    "dns://[2001:db8::1]:5300, 2001:db8::1, 5300",
    "dns://[2001:db8::1], 2001:db8::1, 53",
  })
  void parse_plainServer_addressAndPort(String text, String address, int port) {
    assertThat(ServerText.parseAll(text))
        .containsExactly(ServerSettings.of(new InetSocketAddress(address, port)));
  }

  @Test
  void parse_severalBehindCommas_inTheirOrder() {
    assertThat(ServerText.parseAll("192.0.2.1, 2001:db8::1 ,dns://192.0.2.2?weight=3"))
        .containsExactly(
            ServerSettings.of(new InetSocketAddress("192.0.2.1", 53)),
            ServerSettings.of(new InetSocketAddress("2001:db8::1", 53)),
            new ServerSettings(new InetSocketAddress("192.0.2.2", 53), 53, null, 3));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[fe80::1]:53%7", "fe80::1%7", "[fe80::1%7]:53", "dns://[fe80::1]:53%7"})
  void parse_interface_isThatOfTheAddress(String text) {
    InetSocketAddress server = ServerText.parse(text).address();
    assertThat(((Inet6Address) server.getAddress()).getScopeId()).isEqualTo(7);
    assertThat(server.getPort()).isEqualTo(53);
  }

  @Test
  void parse_uriWithOptions_theyAreRead() {
    assertThat(ServerText.parse("dns://192.0.2.1:53?tcpport=5300&weight=1000"))
        .isEqualTo(new ServerSettings(new InetSocketAddress("192.0.2.1", 53), 5300, null, 1000));
    assertThat(ServerText.parse("dns+tls://[2001:db8::1]?hostname=dns.example&pin=" + PIN))
        .isEqualTo(
            new ServerSettings(
                new InetSocketAddress("2001:db8::1", 853),
                853,
                new ServerSettings.Tls("dns.example", Set.of(PIN)),
                1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                                     | no IP address: \"\"",
        "192.0.2.1,                             | no IP address: \"\"",
        "dns.example                            | no IP address: \"dns.example\"",
        "192.0.2.256                            | no IP address: \"192.0.2.256\"",
        "192.0.2.1:0                            | no server can be at",
        "192.0.2.1:65536                        | the port must be 0 to 65535",
        "192.0.2.1:x                            | the port must be",
        "0.0.0.0                                | no server can be at \"0.0.0.0\"",
        "224.0.0.1                              | no server can be at",
        "192.0.2.1%eth0                         | no IP address",
        "[2001:db8::1                           | no IP address",
        "fe80::1%nosuchinterface                | no interface has the zone id",
        "http://192.0.2.1/dns-query             | must start with dns://, dns+tls://, quic://",
        "dns+https://192.0.2.1                  | must start with dns://, dns+tls://, quic://",
        "quic://192.0.2.1                       | needs ?hostname=NAME or ?pin=SHA256",
        "https://192.0.2.1                      | has no path",
        "https://192.0.2.1/                     | has no path",
        "https:///dns-query                     | has no host",
        "https://dns.example/dns-query          | needs ?address=ADDRESS",
        "https://dns.example/q?address=a.example | no IP address: \"a.example\"",
        "https://dns.example/q?address=192.0.2.1:443 | no IP address",
        "https://dns.example/q?address=0.0.0.0  | no server can be at",
        "https://dns.example/q?address=192.0.2.1&hostname=a.example | has two names",
        "https://192.0.2.1/q?address=192.0.2.2  | address is for a server that is written by name",
        "https://user@dns.example/q?address=192.0.2.1 | takes no user",
        "https://user:pw@192.0.2.1/q            | takes no user",
        "https://dns%2eexample/q?address=192.0.2.1 | without %",
        "https://2001:db8::1/q                  | in brackets",
        "https://[2001:db8::1/q                 | no IP address",
        "https://192.0.2.256/q?address=192.0.2.1 | no name of a server: \"192.0.2.256\"",
        "https://dns.example:0/q?address=192.0.2.1 | the port must be 1 to 65535",
        "https://dns.example:65536/q?address=192.0.2.1 | the port must be 1 to 65535",
        "https://192.0.2.1:x/q                  | the port must be",
        "https://dns..example/q?address=192.0.2.1 | no name of a server",
        "https://-dns.example/q?address=192.0.2.1 | no name of a server",
        "https://fa\u00df.example/q?address=192.0.2.1 | can be read as two names",
        "https://192.0.2.1/a b                  | the path must have no characters",
        "https://192.0.2.1/%zz                  | the path must have no characters",
        "https://192.0.2.1/q?dns=AAAA           | doesn't know \"dns\"",
        "https://192.0.2.1/q?tcpport=1          | doesn't know \"tcpport\"",
        "https://192.0.2.1/q?pin=AAAA           | 32 bytes and not 3",
        "https://192.0.2.1/q?pin=" + PIN + "&ca=a.pem | ca needs ?hostname=NAME",
        "dns+tls://192.0.2.1?hostname=a@b       | no name of a server",
        "dns+tls://192.0.2.1?hostname=           | no name of a server",
        "dns://192.0.2.1?tcpport=0              | tcpport must be 1 to 65535, not \"0\"",
        "dns://192.0.2.1?weight=1001            | weight must be 1 to 1000",
        "dns://192.0.2.1?weight                 | must be KEY=VALUE behind the ?",
        "dns://192.0.2.1?domain=corp.example    | chosen by a rule",
        "dns://192.0.2.1?colour=red             | doesn't know \"colour\"",
        "dns://192.0.2.1?hostname=a.example     | doesn't know \"hostname\"",
        "dns+tls://192.0.2.1                    | needs ?hostname=NAME or ?pin=SHA256",
        "dns+tls://192.0.2.1?hostname=a&ca=/etc/ca.pem | no file is read",
        "dns://192.0.2.1?ca=/etc/ca.pem         | doesn't know \"ca\"",
        "dns+tls://192.0.2.1?pin=*              | the pin is no base64",
        "dns+tls://192.0.2.1?pin=AAAA           | 32 bytes and not 3",
        "dns+tls://192.0.2.1?hostname=a&tcpport=1 | doesn't know \"tcpport\"",
      })
  void parse_wrong_saysWhatIsWrong(String text, String what) {
    assertThatThrownBy(() -> ServerText.parseAll(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(what);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "192.0.2.1:53",
        "[fe80::1]:53%7",
        "[2001:db8::1]:5300",
        "dns://192.0.2.1:53?tcpport=5300&weight=3",
        "dns+tls://192.0.2.1:853?hostname=dns.example",
        "dns+tls://[2001:db8::1]:853?hostname=dns.example&pin=" + PIN,
        "quic://192.0.2.1:853?hostname=dns.example",
        "https://192.0.2.1:443/dns-query",
        "https://[2001:db8::1]:443/dns-query",
        "https://192.0.2.1:8443/a/b%20c?hostname=dns.example&weight=3",
        "https://192.0.2.1:443/dns-query?pin=" + PIN,
        "https://192.0.2.1:443/dns-query?hostname=192.0.2.1&pin=" + PIN,
      })
  void of_whatWasParsed_isTheSameAgain(String text) {
    List<ServerSettings> servers = ServerText.parseAll(text);
    assertThat(servers).extracting(ServerText::of).containsExactly(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "https://192.0.2.1/q              | https://192.0.2.1:443/q",
        "https://192.0.2.1/q{?dns}        | https://192.0.2.1:443/q",
        "https://192.0.2.1/q?hostname=A.b | https://192.0.2.1:443/q?hostname=a.b",
        "https://dns.example/q?address=192.0.2.1 | https://192.0.2.1:443/q?hostname=dns.example",
        "https://DNS.Example.:8443/q{?dns}?address=[2001:db8::1] |"
            + " https://[2001:db8::1]:8443/q?hostname=dns.example",
        "https://b\u00fccher.example/q?address=192.0.2.1 |"
            + " https://192.0.2.1:443/q?hostname=xn--bcher-kva.example",
        "https://[2001:DB8:0::1]:8443/q   | https://[2001:db8::1]:8443/q",
        "dns+tls://192.0.2.1?hostname=DNS.Example. | dns+tls://192.0.2.1:853?hostname=dns.example",
        "dns+tls://192.0.2.1?hostname=[2001:DB8::1] | dns+tls://192.0.2.1:853?hostname=2001:db8::1",
      })
  void parse_anyFormOfAName_isThatOfCertificates(String text, String same) {
    assertThat(ServerText.of(ServerText.parse(text))).isEqualTo(same);
  }

  @Test
  void parseAll_severalAddressesOfAName_areServers() {
    assertThat(
            ServerText.parseAll(
                "https://dns.example/q?address=192.0.2.1&address=2001:db8::1&weight=2, 192.0.2.3"))
        .extracting(ServerText::of)
        .containsExactly(
            "https://192.0.2.1:443/q?hostname=dns.example&weight=2",
            "https://[2001:db8::1]:443/q?hostname=dns.example&weight=2",
            "192.0.2.3:53");
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 5300, 5301",
    "2001:db8::1, 5300, 5301",
    "[2001:db8::1], 5300, 5301",
    "[fe80::1]%1, 5300, 5301",
    "192.0.2.1:5300, 5300, 5300",
    "[fe80::1]:54%1, 54, 54",
    "dns://192.0.2.1, 5300, 5301",
    "dns://192.0.2.1:54, 54, 54",
    "dns://192.0.2.1?tcpport=55, 5300, 55",
    "dns+tls://192.0.2.1?hostname=dns.example, 853, 853",
  })
  void parseAll_otherPorts_areForServersWithoutOne(String text, int udp, int tcp) {
    ServerSettings server =
        ServerText.parseAll(text, new ServerText.Ports(5300, 5301), null).get(0);

    assertThat(server.address().getPort()).isEqualTo(udp);
    assertThat(server.tcpPort()).isEqualTo(tcp);
  }

  @Test
  void parseAll_ca_isReadRelativeToTheDirectory() throws IOException {
    TlsIdentity authority = TlsIdentity.make(directory, "dns:dns.example");
    Path file = directory.resolve("a&b, 100%.pem");
    authority.writeCertificate(file);
    String text = "dns+tls://192.0.2.1?hostname=dns.example&ca=a%26b%2C 100%25.pem";

    ServerSettings server = parse(text, directory);

    assertThat(server.tls().ca().file()).isEqualTo(file);
    assertThat(server.tls().ca().certificates()).hasSize(1);
    assertThat(parse(ServerText.of(server), Path.of("/"))).isEqualTo(server);
  }

  @Test
  void parseAll_caThatCantBeRead_saysWhichFile() throws IOException {
    Files.writeString(directory.resolve("empty.pem"), "");
    Files.writeString(directory.resolve("text.pem"), "no certificate\n");
    Files.createDirectory(directory.resolve("directory"));
    for (String name : List.of("empty.pem", "text.pem", "directory", "nosuch.pem")) {
      String text = "dns+tls://192.0.2.1?hostname=dns.example&ca=" + name;

      assertThatThrownBy(() -> parse(text, directory))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("ca ")
          .hasMessageContaining(name);
    }
    String unnamed = "dns+tls://192.0.2.1?pin=" + PIN + "&ca=empty.pem";
    assertThatThrownBy(() -> parse(unnamed, directory)).hasMessageContaining("needs ?hostname");
  }

  private static ServerSettings parse(String text, Path directory) {
    return ServerText.parseAll(text, ServerText.Ports.DEFAULT, directory).get(0);
  }
}
