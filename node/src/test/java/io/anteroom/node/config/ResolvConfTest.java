// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ResolvConfTest {

  @Test
  void parse_nameservers_inOrderOnPort53() {
    assertThat(texts("nameserver 192.0.2.1\nnameserver\t2001:db8::1"))
        .containsExactly("192.0.2.1:53", "[2001:db8::1]:53");
  }

  @Test
  void parse_otherLinesAndComments_areSkipped() {
    String text =
        """
        # nameserver 192.0.2.1
        ; nameserver 192.0.2.2
        search corp.example
        options ndots:2
        nameservers 192.0.2.3

        nameserver 192.0.2.4 # the only one
        nameserver 192.0.2.5;behind it
        """;

    assertThat(texts(text)).containsExactly("192.0.2.4:53", "192.0.2.5:53");
  }

  @Test
  @Timeout(10)
  void read_noRegularFile_isAsIfItWereEmpty(@TempDir Path directory) throws Exception {
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();

    assertThat(ResolvConf.read(pipe).addresses()).isEmpty();
  }

  @Test
  void parse_whatIsNoAddress_isSkipped() {
    assertThat(texts("nameserver\nnameserver dns.example\nnameserver 300.1.1.1\nnameserver ::g"))
        .isEmpty();
  }

  @Test
  void parse_ipv6WithZoneId_keepsTheZone() {
    List<InetSocketAddress> servers = ResolvConf.parse("nameserver fe80::1%1".lines()).addresses();

    assertThat(servers).hasSize(1);
    assertThat(((java.net.Inet6Address) servers.get(0).getAddress()).getScopeId()).isEqualTo(1);
  }

  @Test
  void parse_zoneIdOfNoInterface_isSkipped() {
    assertThat(texts("nameserver fe80::1%nosuchinterface0")).isEmpty();
  }

  @Test
  void parse_moreThanThree_theFirstThree() {
    String text = "nameserver 192.0.2.1\n".repeat(3) + "nameserver 192.0.2.9";

    assertThat(texts(text)).hasSize(3).doesNotContain("192.0.2.9:53");
  }

  @Test
  void read_missingFile_noServers() {
    assertThat(ResolvConf.read(Path.of("no", "such", "file")).servers()).isEmpty();
  }

  @Test
  void parse_portOfANameServer_isKept() {
    assertThat(texts("nameserver 192.0.2.1:5300\nnameserver [2001:db8::1]:5300"))
        .containsExactly("192.0.2.1:5300", "[2001:db8::1]:5300");
  }

  @Test
  void parse_domainAndSearch_theLastCounts() {
    assertThat(parse("domain a.example\nsearch b.example c.example").domains())
        .containsExactly("b.example", "c.example");
    assertThat(parse("search b.example c.example\ndomain a.example").domains())
        .containsExactly("a.example");
  }

  @Test
  void parse_options_areKnownOrSkipped() {
    ResolvConf conf =
        parse(
            "options ndots:3 timeout:5 attempts:4 rotate use-vc edns0 trust-ad\n"
                + "options no-aaaa no-tld-query single-request ndots:x unheard-of");

    assertThat(conf.ndots()).isEqualTo(3);
    assertThat(conf.timeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(conf.attempts()).isEqualTo(4);
    assertThat(conf.rotate()).isTrue();
    assertThat(conf.useVc()).isTrue();
    assertThat(conf.trustAd()).isTrue();
    assertThat(conf.noAaaa()).isTrue();
    assertThat(conf.noTldQuery()).isTrue();
  }

  @Test
  void parse_numbersTooLarge_areCut() {
    ResolvConf conf = parse("options ndots:99 timeout:99 attempts:99");

    assertThat(conf.ndots()).isEqualTo(15);
    assertThat(conf.timeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(conf.attempts()).isEqualTo(5);
  }

  @Test
  void parse_nothing_defaults() {
    ResolvConf conf = parse("");

    assertThat(conf.ndots()).isEqualTo(1);
    assertThat(conf.timeout()).isNull();
    assertThat(conf.tries(TrySettings.DEFAULT)).isEqualTo(TrySettings.DEFAULT);
    assertThat(conf.choice(ChoiceSettings.DEFAULT)).isEqualTo(ChoiceSettings.DEFAULT);
  }

  @Test
  void parse_sortlist_masksBitsAndClasses() {
    assertThat(
            parse("sortlist 130.155.160.7/255.255.240.0 10.1.2.3 192.0.2.0/24 2001:db8::/32 x")
                .sortlist())
        .containsExactly(
            Netmask.parse("130.155.160.0/20"),
            Netmask.parse("10.0.0.0/8"),
            Netmask.parse("192.0.2.0/24"),
            Netmask.parse("2001:db8::/32"));
  }

  @Test
  void read_environment_comesBehindTheFile(@TempDir Path directory) throws IOException {
    Path file =
        Files.writeString(
            directory.resolve("resolv.conf"), "search a.example\noptions ndots:2 attempts:2\n");

    ResolvConf conf =
        ResolvConf.read(
            file, Map.of("LOCALDOMAIN", "b.example c.example", "RES_OPTIONS", "ndots:4"));

    assertThat(conf.domains()).containsExactly("b.example", "c.example");
    assertThat(conf.ndots()).isEqualTo(4);
    assertThat(conf.attempts()).isEqualTo(2);
  }

  private static ResolvConf parse(String text) {
    return ResolvConf.parse(text.lines());
  }

  private static List<String> texts(String text) {
    return ResolvConf.parse(text.lines()).addresses().stream().map(Addresses::text).toList();
  }
}
