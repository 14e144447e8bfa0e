// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.TestNode;
import io.anteroom.protocol.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Type;

/**
 * The EDNS options of answers over streams: padding (RFC 7830, RFC 8467) and edns-tcp-keepalive
 * (RFC 7828), and that answers over streams are whole.
 */
final class TlsOptionsTest {
  private static final int TCP_KEEPALIVE = 11;
  private static final int PADDING = 12;
  private static final int BLOCK = 468;

  private static TestNode node;

  @BeforeAll
  static void start(@TempDir Path directory) throws Exception {
    StringBuilder zone = new StringBuilder("@ 60 SOA . . 1 60 60 60 60\n@ 60 NS .\n");
    for (int length = 1; length <= 255; length += 2) {
      zone.append("t%d 60 TXT \"%s\"%n".formatted(length, "x".repeat(length)));
    }
    zone.append("large 60 TXT");
    for (int i = 0; i < 200; i++) {
      zone.append(" \"").append("x".repeat(250)).append('"');
    }
    Path file = Files.writeString(directory.resolve("zone"), zone.append('\n'));
    node =
        TestNode.start(
            """
            zones = [ { origin = "options.test", file = "%s" } ]
            rules.query = [ { match { suffix = ["refused.test"] }, action { rcode = refused } } ]
            """
                .formatted(file),
            Map.of());
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private static byte[] query(String name, EDNSOption... options) {
    return DnsMessages.with(
        DnsMessages.message(1, name, Type.TXT), new OPTRecord(1232, 0, 0, 0, options));
  }

  private static EDNSOption option(int code, int length) {
    return new GenericEDNSOption(code, new byte[length]);
  }

  private static byte[] exchange(Transport transport, byte[] query) {
    try (DnsClient client = node.client(transport)) {
      client.send(query);
      return client.receive();
    }
  }

  private static @Nullable EDNSOption find(byte[] answer, int code) {
    List<EDNSOption> all = DnsMessages.parse(answer).getOPT().getOptions(code);
    assertThat(all).hasSizeLessThanOrEqualTo(1);
    return all.isEmpty() ? null : all.get(0);
  }

  @Test
  void paddedQuery_getsAnAnswerOfWholeBlocks_whateverItsLength() {
    for (int length = 1; length <= 255; length += 2) {
      byte[] answer =
          exchange(Transport.TLS, query("t" + length + ".options.test", option(PADDING, 9)));

      assertThat(answer.length % BLOCK).as("answer of %d bytes", answer.length).isZero();
      assertThat(DnsMessages.parse(answer).getRcode()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"name.refused.test", "absent.options.test", "large.options.test"})
  void paddedQuery_getsAnAnswerOfWholeBlocks_whateverItSays(String name) {
    byte[] answer = exchange(Transport.TLS, query(name, option(PADDING, 0)));

    assertThat(answer.length % BLOCK).isZero();
    assertThat(DnsMessages.parse(answer).getOPT()).isNotNull();
  }

  @Test
  void queryWithoutPadding_getsNone() {
    assertThat(find(exchange(Transport.TLS, query("t1.options.test")), PADDING)).isNull();
  }

  @ParameterizedTest
  @EnumSource(names = {"UDP", "TCP"})
  void paddingInTheClear_isNotAnswered(Transport transport) {
    assertThat(find(exchange(transport, query("t1.options.test", option(PADDING, 9))), PADDING))
        .isNull();
  }

  @ParameterizedTest
  @EnumSource(names = {"TCP", "TLS"})
  void keepalive_isAnsweredWithTheIdleTimeout(Transport transport) throws Exception {
    EDNSOption told =
        find(
            exchange(transport, query("t1.options.test", option(TCP_KEEPALIVE, 0))), TCP_KEEPALIVE);

    assertThat(told).isNotNull();
    // Behind its code and length; idle-timeout is 10 s.
    assertThat(told.toWire()).containsExactly(0, TCP_KEEPALIVE, 0, 2, 0, 100);
  }

  /** RFC 7828 section 3.2.1. */
  @Test
  void keepaliveOverUdp_isNotAnswered() {
    byte[] answer = exchange(Transport.UDP, query("t1.options.test", option(TCP_KEEPALIVE, 0)));

    assertThat(find(answer, TCP_KEEPALIVE)).isNull();
  }

  @Test
  void keepaliveAndPadding_areBothThere() {
    byte[] answer =
        exchange(
            Transport.TLS, query("t1.options.test", option(TCP_KEEPALIVE, 0), option(PADDING, 0)));

    assertThat(find(answer, TCP_KEEPALIVE)).isNotNull();
    assertThat(find(answer, PADDING)).isNotNull();
    assertThat(answer).hasSize(BLOCK);
  }

  @Test
  void queryThatAsksForNeither_getsNeither() {
    byte[] answer = exchange(Transport.TLS, query("t1.options.test"));

    assertThat(find(answer, TCP_KEEPALIVE)).isNull();
    assertThat(find(answer, PADDING)).isNull();
  }

  @ParameterizedTest
  @EnumSource(names = {"TCP", "TLS"})
  void answerOfFiftyThousandBytes_isWhole(Transport transport) {
    Message answer = DnsMessages.parse(exchange(transport, query("large.options.test")));

    assertThat(answer.getHeader().getFlag(Flags.TC)).isFalse();
    assertThat(answer.numBytes()).isGreaterThan(50_000);
  }
}
