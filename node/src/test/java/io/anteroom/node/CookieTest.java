// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.Dig;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.node.wire.ServerCookies;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.Transport;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Clients with cookies, dig among them. Each test has a network of its own. */
final class CookieTest {
  private static final int COOKIE = 10;
  private static final int PADDING = 12;
  private static final int BADCOOKIE = 23;
  private static final int FLOOD = 60;
  private static final byte[] CLIENT = HexFormat.of().parseHex("2464c4abcf10c957");
  private static final String NAME = "www.anteroom.test";
  private static final Pattern SHOWN = Pattern.compile("; COOKIE: ([0-9a-f]+) \\(good\\)");

  @TempDir private static Path directory;
  private static ScriptedServer upstream;
  private static TestNode node;

  /** The secret that the node makes cookies with. */
  private static String secret = "000102030405060708090a0b0c0d0e0f";

  @BeforeAll
  static void start() throws Exception {
    Files.writeString(directory.resolve("secret"), "# made today\n" + secret + "\n");
    Files.writeString(
        directory.resolve("zone"),
        "@ 60 SOA . . 1 60 60 60 60\n@ 60 NS .\nlarge 60 TXT %s\n"
            .formatted(("\"" + "x".repeat(199) + "\" ").repeat(4)));
    upstream = ScriptedServer.start(Asked::answer);
    node =
        TestNode.start(
            """
            zones = [
              { origin = "anteroom.test" }
              { origin = "cookie.test", file = "%s/zone" }
            ]
            upstreams.default.servers = ["%s"]
            cookies { secret-file = "%1$s/secret", udp-size-without-cookie = 600 }
            response-rate-limit { responses-per-second = 5, burst = 5, slip = 1, exempt = [] }
            """
                .formatted(directory, "127.0.0.1:" + upstream.address().getPort()),
            Map.of());
  }

  @AfterAll
  static void stop() {
    node.close();
    upstream.close();
  }

  private static byte[] query(String name, int type, byte @Nullable [] cookie) {
    OPTRecord opt =
        cookie == null
            ? new OPTRecord(1232, 0, 0)
            : new OPTRecord(1232, 0, 0, 0, List.of(new GenericEDNSOption(COOKIE, cookie)));
    return DnsMessages.with(DnsMessages.message(7, name, type), opt);
  }

  private static byte @Nullable [] cookie(Message answer) {
    OPTRecord opt = answer.getOPT();
    List<EDNSOption> found = opt == null ? List.of() : opt.getOptions(COOKIE);
    if (found.isEmpty()) {
      return null;
    }
    byte[] option = found.get(0).toWire();
    return Arrays.copyOfRange(option, 4, option.length);
  }

  private static UdpClient client(String from) {
    return new UdpClient(from, node.address(Transport.UDP));
  }

  /** A server cookie as any server with the secret makes it. */
  private static byte[] made(String address, Duration ago) {
    return cookie(secret, address, (int) Instant.now().minus(ago).getEpochSecond());
  }

  private static byte[] cookie(String secret, String address, int seconds) {
    InetAddress client = NetUtil.createInetAddressFromIpAddressString(address);
    WireQuery asked = (WireQuery) WireQuery.parse(query(NAME, Type.A, CLIENT));
    byte[] option =
        new ServerCookies(List.of(HexFormat.of().parseHex(secret)))
            .answer(asked, client, seconds)
            .option();
    return Arrays.copyOfRange(option, 4, option.length);
  }

  private static long count(Counter counter) {
    return node.count(counter);
  }

  private static String dig(String from, String... words) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of("dig", "@127.0.0.1", "-b", from, "+tries=1", "+timeout=60", "+noignore"));
    command.addAll(List.of(words));
    Process dig = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(dig.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(dig.waitFor()).as(said).isZero();
    return said;
  }

  private static String shown(String said) {
    Matcher matcher = SHOWN.matcher(said);
    assertThat(matcher.find()).as(said).isTrue();
    return matcher.group(1);
  }

  @ParameterizedTest
  @CsvSource({"UDP, +notcp", "TCP, +tcp"})
  void dig_getsACookie_andIsKnownByIt(Transport transport, String word) throws Exception {
    String port = Integer.toString(node.address(transport).getPort());
    String first = shown(dig("127.1.0.1", "-p", port, word, NAME));
    long valid = count(Counter.COOKIES_VALID);
    String second = shown(dig("127.1.0.1", "-p", port, word, "+cookie=" + first, NAME));

    assertThat(first).hasSize(48);
    assertThat(second).isEqualTo(first);
    assertThat(count(Counter.COOKIES_VALID)).isEqualTo(valid + 1);
  }

  @Test
  void clientWithoutCookie_getsNone() {
    try (DnsClient client = client("127.2.0.1")) {
      assertThat(cookie(client.ask(query(NAME, Type.A, null)))).isNull();
      assertThat(client.ask(DnsMessages.query(7, NAME, Type.A)).getOPT()).isNull();
    }
  }

  /** Somebody who saw the cookie of another, or an old one, is answered as one who has none. */
  @ParameterizedTest
  @CsvSource({"127.3.0.2, 0", "127.3.0.1, 3700", "127.3.0.1, -400"})
  void cookieOfAnotherAddressOrTime_isReplaced(String address, int secondsAgo) {
    byte[] sent = made(address, Duration.ofSeconds(secondsAgo));
    long invalid = count(Counter.COOKIES_INVALID);
    try (DnsClient client = client("127.3.0.1")) {
      Message answer = client.ask(query(NAME, Type.A, sent));

      assertThat(DnsMessages.addresses(answer)).isNotEmpty();
      assertThat(cookie(answer)).hasSize(24).startsWith(CLIENT).isNotEqualTo(sent);
      assertThat(count(Counter.COOKIES_INVALID)).isEqualTo(invalid + 1);
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void impossibleLength_isFormErr(Transport transport) {
    try (DnsClient client = node.client(transport)) {
      for (int length : new int[] {1, 7, 9, 15, 41}) {
        client.send(query(NAME, Type.A, new byte[length]));
        Message answer = DnsMessages.parse(client.receive());

        assertThat(answer.getRcode()).isEqualTo(Rcode.FORMERR);
        assertThat(answer.getOPT()).isNotNull();
      }
      assertThat(client.ask(query(NAME, Type.A, new byte[40])).getRcode()).isZero();
    }
  }

  /** The cookie comes before the padding, which fills the message up. */
  @Test
  void overTls_cookieIsPadded() {
    OPTRecord opt =
        new OPTRecord(
            1232,
            0,
            0,
            0,
            List.of(
                new GenericEDNSOption(PADDING, new byte[1]),
                new GenericEDNSOption(COOKIE, CLIENT)));
    byte[] padded = DnsMessages.with(DnsMessages.message(7, NAME, Type.A), opt);
    try (DnsClient client = node.client(Transport.TLS)) {
      Message answer = client.ask(padded);

      assertThat(answer.numBytes()).isEqualTo(468);
      assertThat(cookie(answer)).hasSize(24);
    }
  }

  @Test
  void aboveTheRateLimit_clientWithCookies_isToldToUseThem_andThenHasNoLimit() {
    try (UdpClient client = client("127.4.0.1")) {
      Message limited = limited(client, query(NAME, Type.A, CLIENT));
      byte[] given = cookie(limited);

      assertThat(limited.getRcode()).isEqualTo(BADCOOKIE);
      assertThat(given).hasSize(24);
      for (int i = 0; i < FLOOD; i++) {
        client.send(query(NAME, Type.A, given));
      }
      for (int i = 0; i < FLOOD; i++) {
        assertThat(DnsMessages.addresses(DnsMessages.parse(client.receive()))).isNotEmpty();
      }
      byte[] forged = made("127.4.0.2", Duration.ZERO);
      assertThat(limited(client, query(NAME, Type.A, forged)).getRcode()).isEqualTo(BADCOOKIE);
      Message without = limited(client, query(NAME, Type.A, null));
      assertThat(without.getHeader().getFlag(Flags.TC)).isTrue();
      assertThat(without.getRcode()).isZero();
    }
  }

  /** Asks more often than the limit allows, and returns the last answer without records. */
  private static Message limited(UdpClient client, byte[] query) {
    for (int i = 0; i < FLOOD; i++) {
      client.send(query);
    }
    Message last = null;
    for (int i = 0; i < FLOOD; i++) {
      Message answer = DnsMessages.parse(client.receive());
      last = answer.getSection(Section.ANSWER).isEmpty() ? answer : last;
    }
    return Objects.requireNonNull(last);
  }

  @Test
  void largeAnswer_overUdp_isForClientsWithAValidCookie() {
    byte[] given = made("127.5.0.1", Duration.ofMinutes(10));
    try (DnsClient client = client("127.5.0.1");
        DnsClient tcp = node.tcp()) {
      Message without = client.ask(query("large.cookie.test", Type.TXT, null));
      Message first = client.ask(query("large.cookie.test", Type.TXT, CLIENT));
      Message valid = client.ask(query("large.cookie.test", Type.TXT, given));
      Message overTcp = tcp.ask(query("large.cookie.test", Type.TXT, CLIENT));

      assertThat(without.getHeader().getFlag(Flags.TC)).isTrue();
      assertThat(first.getHeader().getFlag(Flags.TC)).isTrue();
      assertThat(cookie(first)).hasSize(24);
      assertThat(valid.getHeader().getFlag(Flags.TC)).isFalse();
      assertThat(valid.getSection(Section.ANSWER)).isNotEmpty();
      assertThat(cookie(valid)).isEqualTo(given);
      assertThat(overTcp.getSection(Section.ANSWER)).isNotEmpty();
    }
  }

  /** The cookie counts for the size that the client can take. */
  @Test
  void answerWithCookie_isNoLargerThanTheClientTakes() {
    byte[] given = made("127.6.0.1", Duration.ZERO);
    try (DnsClient client = client("127.6.0.1")) {
      int whole = client.ask(query("large.cookie.test", Type.TXT, given)).numBytes();
      for (int size : new int[] {whole - 1, whole}) {
        OPTRecord opt = new OPTRecord(size, 0, 0, 0, List.of(new GenericEDNSOption(COOKIE, given)));
        Message message = DnsMessages.message(7, "large.cookie.test", Type.TXT);
        Message answer = client.ask(DnsMessages.with(message, opt));

        assertThat(answer.numBytes()).isLessThanOrEqualTo(size);
        assertThat(answer.getHeader().getFlag(Flags.TC)).isEqualTo(size < whole);
        assertThat(cookie(answer)).isEqualTo(given);
      }
    }
  }

  /** Upstream servers see no cookie of a client, and cached answers carry none of another. */
  @Test
  void cookies_stayBetweenClientAndNode() {
    byte[] other = HexFormat.of().parseHex("0102030405060708");
    try (DnsClient client = client("127.7.0.1")) {
      Message miss = client.ask(query("shared.example", Type.A, CLIENT));
      Message hit = client.ask(query("shared.example", Type.A, other));

      assertThat(DnsMessages.addresses(miss)).isNotEmpty();
      assertThat(cookie(miss)).startsWith(CLIENT);
      assertThat(cookie(hit)).startsWith(other);
      List<Asked> asked =
          upstream.queries().stream().filter(q -> q.name().startsWith("shared.example")).toList();
      assertThat(asked).hasSize(1);
      assertThat(asked.get(0).cookie()).isNotNull().isNotEqualTo(CLIENT);
    }
  }

  @Test
  void secret_isReplaced_withoutAStop() throws Exception {
    byte[] old = made("127.8.0.1", Duration.ZERO);
    String next = "f".repeat(32);
    long read = count(Counter.COOKIE_SECRETS_READ);
    write(next + "\n" + secret + "\n");
    await().atMost(Dig.PATIENCE).until(() -> count(Counter.COOKIE_SECRETS_READ) > read);
    try (DnsClient client = client("127.8.0.1")) {
      long valid = count(Counter.COOKIES_VALID);
      byte[] given = cookie(client.ask(query(NAME, Type.A, old)));
      int seconds = java.nio.ByteBuffer.wrap(given).getInt(12);

      assertThat(count(Counter.COOKIES_VALID)).isEqualTo(valid + 1);
      assertThat(given).isEqualTo(cookie(next, "127.8.0.1", seconds));
    }
    secret = next;
    write("no secret\n");
    await().atMost(Dig.PATIENCE).until(() -> count(Counter.COOKIE_SECRETS_FAILED) > 0);
    try (DnsClient client = client("127.8.0.2")) {
      assertThat(cookie(client.ask(query(NAME, Type.A, CLIENT)))).hasSize(24);
    }
  }

  private static void write(String text) throws Exception {
    Path draft = Files.writeString(directory.resolve("draft"), text);
    Files.move(draft, directory.resolve("secret"), StandardCopyOption.ATOMIC_MOVE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# none\n", "0011\n", "00\nx", "zz0102030405060708090a0b0c0d0e0f\n"})
  void wrongFile_isRefused_withItsPlace(String text) throws Exception {
    Path file = Files.writeString(directory.resolve("wrong"), text);

    assertThatThrownBy(() -> TestNode.configuration("cookies.secret-file = \"%s\"".formatted(file)))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessageContaining("cookies.secret-file")
        .hasMessageContaining(file + ":")
        .hasMessageNotContaining("zz01");
  }
}
