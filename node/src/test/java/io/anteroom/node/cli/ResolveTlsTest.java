// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.resolver.Resolver;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.DohServer;
import io.anteroom.node.testing.DoqServer;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.TlsFiles;
import io.anteroom.node.testing.Unbound;
import io.anteroom.protocol.Transport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Type;

/** {@code resolve} over TLS and HTTPS. */
class ResolveTlsTest {
  @TempDir private static Path dir;
  private static Unbound unbound;
  private static DohServer https;

  private final Terminal terminal = new Terminal();

  @BeforeAll
  static void start() throws Exception {
    TlsFiles files = TlsFiles.make(dir, "right", "DNS:dns.example,IP:127.0.0.1");
    TlsFiles.make(dir, "wrong", "DNS:other.example");
    unbound = Unbound.start(dir, files);
    https = DohServer.start(files, DohServer.Request::answer);
  }

  @AfterAll
  static void stop() {
    unbound.close();
    https.close();
  }

  @AfterEach
  void noTrace() {
    assertThat(terminal.out() + terminal.err()).doesNotContain("\tat ").doesNotContain("Exception");
  }

  private int resolve(String words) {
    List<String> all = new ArrayList<>(List.of("resolve", "+tries=1", "+time=60"));
    all.addAll(
        List.of(
            words
                .replace("RIGHT", dir.resolve("right.crt").toString())
                .replace("WRONG", dir.resolve("wrong.crt").toString())
                .split(" ")));
    return terminal.run(new FakeStarter(), all.toArray(String[]::new));
  }

  @ParameterizedTest
  @CsvSource({
    "+tls",
    "+tls +tls-ca=RIGHT +tls-hostname=dns.example",
    "+tls-ca=RIGHT",
    "+tls +tls-ca=RIGHT +tls-hostname=DNS.Example.",
    "+https",
    "+https=/dns-query +tls-ca=RIGHT",
    "+https-post=/dns-query +tls-ca=RIGHT +tls-hostname=dns.example",
    "+https +notls",
  })
  void unbound_answers(String flags) {
    int port =
        flags.contains("https") ? unbound.overHttps().getPort() : unbound.overTls().getPort();
    assertThat(resolve("@127.0.0.1 -p " + port + " " + flags + " " + Unbound.NAME)).isZero();

    assertThat(terminal.err()).isEmpty();
    assertThat(terminal.out())
        .contains(Unbound.ADDRESS)
        .contains(
            ";; SERVER: 127.0.0.1#%d(127.0.0.1) (%s)"
                .formatted(port, flags.contains("https") ? "HTTPS" : "TLS"));
    boolean verified = flags.contains("-ca");
    assertThat(terminal.out().contains("was not verified")).isNotEqualTo(verified);
  }

  @ParameterizedTest
  @CsvSource({
    "+tls +tls-ca=WRONG",
    "+tls +tls-ca",
    "+tls +tls-ca=RIGHT +tls-hostname=other.example",
    "+tls-hostname=dns.example",
    "+tls +tls-pin=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "+https +tls-ca=WRONG",
    "+https +tls-ca=RIGHT +tls-hostname=other.example",
    "+https=/elsewhere",
  })
  void wrongCertificateOrPath_noReply_inOneLine(String flags) {
    int port =
        flags.contains("https") ? unbound.overHttps().getPort() : unbound.overTls().getPort();

    assertThat(resolve("@127.0.0.1 -p " + port + " " + flags + " " + Unbound.NAME)).isEqualTo(9);

    assertThat(terminal.out()).isEmpty();
    assertThat(terminal.err().lines()).singleElement().asString().contains("no reply for");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "@127.0.0.1 +tls-ca=/nosuch a.example        | ca is no file",
        "@127.0.0.1 +tls-hostname a.example          | +tls-hostname needs a value",
        "@127.0.0.1 +tls-hostname=a..b a.example     | no name of a server",
        "@127.0.0.1 +tls-pin=AAAA a.example          | 32 bytes and not 3",
        "@127.0.0.1 +tls=1 a.example                 | +tls takes no value",
        "@127.0.0.1 +https=dns-query a.example       | +https= takes a path",
        "@127.0.0.1 +https=/a?b a.example            | +https= takes a path",
        "@127.0.0.1 +quic=1 a.example                | +quic takes no value",
        "@dns://127.0.0.1 +tls a.example             | the server has a transport of its own",
      })
  void wrongFlag_isSaid(String words, String said) {
    assertThat(resolve(words)).isEqualTo(2);

    assertThat(terminal.err().lines()).singleElement().asString().contains(said);
  }

  @Test
  void serverAsUri_isAskedOverHttps() {
    String server =
        "https://dns.example:%d/q?address=127.0.0.1&ca=%s"
            .formatted(https.address().getPort(), dir.resolve("right.crt"));

    assertThat(resolve("@" + server + " www.example +short")).isZero();

    assertThat(terminal.out())
        .isEqualTo(Asked.addressOf("www.example").getHostAddress() + System.lineSeparator());
  }

  @Test
  void quic_isAsked() {
    TlsFiles files = new TlsFiles(dir.resolve("right.crt"), dir.resolve("right.key"));
    try (DoqServer quic = DoqServer.start(files, "doq", 100, (asked, stream) -> asked.answer())) {
      int port = quic.address().getPort();
      String ca = " +tls-ca=RIGHT ";
      assertThat(resolve("@127.0.0.1 -p " + port + " +quic" + ca + "www.example")).isZero();
    }
    assertThat(terminal.out())
        .contains(Asked.addressOf("www.example").getHostAddress())
        .contains("(QUIC)");
  }

  @Test
  void javaApi_asksOverHttps() {
    String server =
        "https://127.0.0.1:%d/q?ca=%s"
            .formatted(https.address().getPort(), dir.resolve("right.crt"));
    try (Resolver resolver = Resolver.builder().servers(server).build()) {
      assertThat(resolver.send(DnsMessages.message(7, "api.example", Type.A)))
          .succeedsWithin(Duration.ofMinutes(3))
          .satisfies(reply -> assertThat(reply.message().getHeader().getID()).isEqualTo(7));
    }
  }

  @Test
  void nodeOverTls_answersFromItsServerOverHttps() {
    String upstream =
        "https://dns.example:%d/q?address=127.0.0.1&ca=%s"
            .formatted(https.address().getPort(), dir.resolve("right.crt"));
    try (TestNode node =
        TestNode.start("upstreams.default.servers = [\"" + upstream + "\"]", Map.of())) {
      int port = node.address(Transport.TLS).getPort();
      assertThat(resolve("@127.0.0.1 -p " + port + " +tls node.example +short")).isZero();
    }
    assertThat(terminal.out())
        .isEqualTo(Asked.addressOf("node.example").getHostAddress() + System.lineSeparator());
  }
}
