// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.QuicClient;
import io.anteroom.node.testing.QuicClient.Manner;
import io.anteroom.node.testing.QuicClient.Stream;
import io.anteroom.node.testing.TcpClient;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.TlsFiles;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicStreamType;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Type;

/** Connections of DNS over QUIC (RFC 9250), those of bad clients above all. */
final class QuicConnectionTest {
  private static final int ASYNC_ID = 1;
  private static final String LOCAL = "www.anteroom.test";

  private static final int INTERNAL_ERROR = 1;
  private static final int PROTOCOL_ERROR = 2;
  private static final int REQUEST_CANCELLED = 3;
  private static final int EXCESSIVE_LOAD = 4;

  private static final TestFilter filter = new TestFilter();
  private static TestNode node;

  /** The listeners. */
  private enum Kind {
    PATIENT("", ""),
    HASTY("idle-timeout = 200ms", ""),
    CROWDED("max-connections-per-client = 1", ""),
    NARROW("max-pipelined = 2", ""),
    /** For handshakes that come to no end. */
    BRISK("", "handshake-timeout = 50ms"),
    LIMITED_CLIENT("", "max-handshakes-per-client = 1");

    private final String settings;
    private final String tls;

    Kind(String settings, String tls) {
      this.settings = settings;
      this.tls = tls;
    }
  }

  @BeforeAll
  static void start(@TempDir Path directory) {
    String files = TlsFiles.make(directory, "node", "DNS:node.test").settings();
    StringBuilder listeners = new StringBuilder();
    for (Kind kind : Kind.values()) {
      listeners.append(
          "{ transport = quic, address = \"127.0.0.1:0\"%n%s%ntls { %s%n%s%n} }%n"
              .formatted(kind.settings, files, kind.tls));
    }
    node =
        TestNode.start(
            """
            listeners = [
              %s
            ]
            loops = 1
            zones = [ { origin = "anteroom.test" } ]
            filters.judge { async-id = 1, timeout = 60s }
            rules.query = [
              { match { suffix = ["held.test"] }, action { suspend = judge } }
              { match { suffix = ["drop.test"] }, action = drop }
            ]
            """
                .formatted(listeners),
            Map.of("judge", filter));
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @AfterEach
  void allHasEnded() {
    filter.forget();
    node.assertAtRest();
  }

  private static InetSocketAddress address(Kind kind) {
    return node.addresses(Transport.QUIC).get(kind.ordinal());
  }

  private static QuicClient quic(Kind kind) {
    return new QuicClient("127.0.0.1", address(kind));
  }

  private static void assertAnswered(QuicClient client) {
    assertThat(client.query(query(9, LOCAL, Type.A)).message()[3] & 0xf).isZero();
  }

  private static byte[] message() {
    return query(0, LOCAL, Type.A);
  }

  private static byte[] framed() {
    return TcpClient.framed(message());
  }

  /** The client sends this on a stream, and loses its connection. */
  private static void assertBreaks(byte[] sent, boolean last) {
    long before = node.count(Counter.QUIC_PROTOCOL_ERRORS);
    try (QuicClient client = quic(Kind.PATIENT)) {
      client.open().send(sent, last);

      assertClosed(client, PROTOCOL_ERROR);
      node.awaitCount(Counter.QUIC_PROTOCOL_ERRORS, before + 1);
    }
  }

  private static void assertClosed(QuicClient client, int code) {
    QuicConnectionCloseEvent close = client.awaitClose();
    assertThat(close.isApplicationClose()).isTrue();
    assertThat(close.error()).isEqualTo(code);
  }

  @Test
  void answersComeOutOfOrder_andAWaitingQueryHoldsUpNoOther() {
    try (QuicClient client = quic(Kind.PATIENT)) {
      Stream held = client.query(query(7, "a.held.test", Type.A));
      TestFilter.Held waits = filter.next();
      assertAnswered(client);
      waits.decide(Verdict.rcode(5));
      assertThat(held.message()[1]).isEqualTo((byte) 7);
    }
  }

  @Test
  void queryInPieces_isAnswered() {
    try (QuicClient client = quic(Kind.PATIENT)) {
      Stream stream = client.open();
      for (byte octet : framed()) {
        stream.send(new byte[] {octet}, false);
      }
      stream.send(new byte[0], true);
      assertThat(stream.message()).isNotEmpty();
    }
  }

  @Test
  void queryOf60Kilobytes_isFormerr() {
    try (QuicClient client = quic(Kind.PATIENT)) {
      byte[] plain = message();
      byte[] large = Arrays.copyOf(plain, 60_000);
      // An answer record that reaches beyond what is kept.
      large[7] = 1;
      large[plain.length + 9] = 0x40;
      Stream stream = client.query(large);
      assertThat(stream.message()[3] & 0xf).isEqualTo(1);
      assertAnswered(client);
    }
  }

  @Test
  void idOtherThanZero_isAProtocolError() {
    byte[] sent = framed();
    sent[3] = 1;
    assertBreaks(sent, true);
  }

  @Test
  void twoMessages_areAProtocolError() {
    byte[] one = framed();
    byte[] two = Arrays.copyOf(one, 2 * one.length);
    System.arraycopy(one, 0, two, one.length, one.length);
    assertBreaks(two, true);
    assertBreaks(Arrays.copyOf(one, one.length + 1), false);
  }

  @Test
  void halfAMessage_isAProtocolError() {
    byte[] whole = framed();
    for (int length : new int[] {0, 1, 2, 14, whole.length - 1}) {
      assertBreaks(Arrays.copyOf(whole, length), true);
    }
  }

  @Test
  void lengthBelowAHeader_isAProtocolError() {
    assertBreaks(new byte[2], false);
    assertBreaks(new byte[] {0, 11}, false);
  }

  @Test
  void tcpKeepalive_isAProtocolError() {
    byte[] option = HexFormat.of().parseHex("0000290400000000000004000b0000");
    byte[] plain = message();
    byte[] query = Arrays.copyOf(plain, plain.length + option.length);
    System.arraycopy(option, 0, query, plain.length, option.length);
    query[11] = 1;
    assertBreaks(TcpClient.framed(query), true);
  }

  @Test
  void unidirectionalStream_isAProtocolError() {
    long before = node.count(Counter.QUIC_PROTOCOL_ERRORS);
    try (QuicClient client = quic(Kind.PATIENT)) {
      client.open(QuicStreamType.UNIDIRECTIONAL).send(new byte[1], false);
      assertClosed(client, PROTOCOL_ERROR);
      node.awaitCount(Counter.QUIC_PROTOCOL_ERRORS, before + 1);
    }
  }

  @Test
  void protocolError_freesWhatWaited() {
    try (QuicClient client = quic(Kind.PATIENT)) {
      long gone = node.count(ASYNC_ID, SuspensionCounter.CLIENT_GONE);
      client.send(query(1, "a.held.test", Type.A));
      client.send(query(2, "b.held.test", Type.A));
      filter.next();
      filter.next();
      client.open().send(new byte[2], true);
      assertClosed(client, PROTOCOL_ERROR);
      node.awaitCount(ASYNC_ID, SuspensionCounter.CLIENT_GONE, gone + 2);
    }
  }

  @Test
  void droppedQuery_isAReset() {
    try (QuicClient client = quic(Kind.PATIENT)) {
      assertThat(client.query(query(1, "drop.test", Type.A)).awaitReset())
          .isEqualTo(INTERNAL_ERROR);
      byte[] response = message();
      response[2] |= (byte) 0x80;
      assertThat(client.query(response).awaitReset()).isEqualTo(INTERNAL_ERROR);
      assertAnswered(client);
    }
  }

  @Test
  void stoppedQuery_freesWhatWaited_andNothingElse() {
    try (QuicClient client = quic(Kind.PATIENT)) {
      long gone = node.count(ASYNC_ID, SuspensionCounter.CLIENT_GONE);
      long cancelled = node.count(Counter.QUIC_CANCELLED);
      Stream one = client.query(query(1, "a.held.test", Type.A));
      filter.next();
      Stream other = client.query(query(2, "b.held.test", Type.A));
      TestFilter.Held waits = filter.next();

      one.stop(REQUEST_CANCELLED);
      node.awaitCount(ASYNC_ID, SuspensionCounter.CLIENT_GONE, gone + 1);
      assertThat(node.count(Counter.QUIC_CANCELLED)).isEqualTo(cancelled + 1);
      waits.decide(Verdict.rcode(5));
      assertThat(other.message()[1]).isEqualTo((byte) 2);
      assertAnswered(client);
    }
  }

  @Test
  void resetInTheMiddleOfAQuery_isCounted() {
    try (QuicClient client = quic(Kind.PATIENT)) {
      long cancelled = node.count(Counter.QUIC_CANCELLED);
      Stream stream = client.open();
      stream.send(Arrays.copyOf(framed(), 9), false);
      stream.reset(REQUEST_CANCELLED);
      node.awaitCount(Counter.QUIC_CANCELLED, cancelled + 1);
      assertAnswered(client);
    }
  }

  @Test
  void floodOfResets_costsTheConnection() {
    long before = node.count(Counter.QUIC_EXCESSIVE);
    try (QuicClient client = quic(Kind.PATIENT)) {
      try {
        for (int i = 0; i < 1_000; i++) {
          if (client.room() == 0) {
            await().until(() -> client.room() > 0 || client.isClosed());
          }
          Stream stream = client.open();
          stream.send(Arrays.copyOf(framed(), 9), false);
          stream.reset(REQUEST_CANCELLED);
        }
      } catch (IllegalStateException e) {
        // Closed while it was sending.
      }
      assertClosed(client, EXCESSIVE_LOAD);
      node.awaitCount(Counter.QUIC_EXCESSIVE, before + 1);
    }
  }

  @Test
  void clientThatClosesItsConnection_frees_whatWaited() {
    long gone = node.count(ASYNC_ID, SuspensionCounter.CLIENT_GONE);
    try (QuicClient client = quic(Kind.PATIENT)) {
      client.send(query(1, "a.held.test", Type.A));
      filter.next();
    }
    node.awaitCount(ASYNC_ID, SuspensionCounter.CLIENT_GONE, gone + 1);
  }

  @Test
  void moreStreamsThanAllowed_waitForOthersToEnd() {
    try (QuicClient client = quic(Kind.NARROW)) {
      client.send(query(1, "a.held.test", Type.A));
      client.send(query(2, "b.held.test", Type.A));
      List<TestFilter.Held> waiting = new ArrayList<>(List.of(filter.next(), filter.next()));
      assertThat(client.room()).isZero();
      waiting.forEach(each -> each.decide(Verdict.rcode(5)));
      client.receive();
      client.receive();
      await().until(() -> client.room() > 0);
      assertAnswered(client);
    }
  }

  @Test
  void idleConnection_isClosedWithoutAnError() {
    long before = node.count(Counter.QUIC_IDLE);
    try (QuicClient client = quic(Kind.HASTY)) {
      assertAnswered(client);
      assertClosed(client, 0);
      node.awaitCount(Counter.QUIC_IDLE, before + 1);
    }
  }

  @Test
  void connectionWithAQueryInFlight_isNotIdle() {
    try (QuicClient client = quic(Kind.HASTY)) {
      Stream stream = client.query(query(1, "a.held.test", Type.A));
      TestFilter.Held waits = filter.next();
      try (QuicClient other = quic(Kind.HASTY)) {
        assertClosed(other, 0);
      }
      waits.decide(Verdict.rcode(5));
      assertThat(stream.message()).isNotEmpty();
    }
  }

  @Test
  void clientThatReadsNothing_isClosed() {
    long before = node.count(Counter.QUIC_IDLE);
    try (QuicClient client =
        new QuicClient("127.0.0.1", address(Kind.HASTY), new Manner().window(4))) {
      client.send(query(1, LOCAL, Type.A));
      assertClosed(client, 0);
      node.awaitCount(Counter.QUIC_IDLE, before + 1);
    }
  }

  @Test
  void otherProtocol_isRefused() {
    for (String protocol : List.of("dot", "h3")) {
      assertThatThrownBy(
              () ->
                  new QuicClient(
                          "127.0.0.1", address(Kind.PATIENT), new Manner().protocol(protocol))
                      .awaitClose())
          .isInstanceOf(IllegalStateException.class);
    }
    try (QuicClient client = quic(Kind.PATIENT)) {
      assertAnswered(client);
    }
  }

  @Test
  void secondConnectionOfAClientThatMayHaveOne_isRefused() {
    long before = node.count(Counter.QUIC_REFUSED);
    try (QuicClient client = quic(Kind.CROWDED)) {
      try (QuicClient second = quic(Kind.CROWDED)) {
        second.awaitClose();
      } catch (IllegalStateException e) {
        // It was refused before the end of its handshake.
      }
      // A packet that was sent again before the refusal came counts once more.
      await().until(() -> node.count(Counter.QUIC_REFUSED) > before);
      assertAnswered(client);
    }
    // Its place is free again.
    await()
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              try (QuicClient client = quic(Kind.CROWDED)) {
                assertAnswered(client);
              }
            });
  }

  @Test
  void moreHandshakesThanAllowed_comeLater() {
    long before = node.count(Counter.TLS_LIMITED_CLIENT);
    for (int i = 0; i < 2; i++) {
      // Each repeats its first packet until its turn comes.
      try (QuicClient client = quic(Kind.LIMITED_CLIENT)) {
        assertAnswered(client);
      }
    }
    assertThat(node.count(Counter.TLS_LIMITED_CLIENT)).isGreaterThan(before);
  }

  @Test
  void garbage_isDropped() {
    byte[] initial = Arrays.copyOf(HexFormat.of().parseHex("c000000001"), 1_300);
    initial[5] = 0x14;
    byte[] unknown = Arrays.copyOf(HexFormat.of().parseHex("c0aaaaaaaa"), 40);
    long shorter = node.count(Counter.QUIC_SHORT);
    try (UdpClient raw = new UdpClient("127.0.0.1", address(Kind.PATIENT));
        QuicClient client = quic(Kind.PATIENT)) {
      raw.send(new byte[0]);
      raw.send(new byte[1]);
      raw.send(new byte[1_400]);
      raw.send(initial);
      raw.send("GET / HTTP/1.1\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      raw.send(unknown);
      raw.send(Arrays.copyOf(initial, 200));

      node.awaitCount(Counter.QUIC_SHORT, shorter + 2);
      assertAnswered(client);
    }
  }

  /** A packet of a version that nobody knows, as long as a first packet must be. */
  @Test
  void unknownVersion_isToldTheKnownOnes() {
    byte[] packet =
        Arrays.copyOf(
            HexFormat.of().parseHex("c00a0a0a0a080102030405060708080807060504030201"), 1_200);
    try (UdpClient raw = new UdpClient("127.0.0.1", address(Kind.PATIENT))) {
      raw.send(packet);
      byte[] answer = raw.receive();
      assertThat(Arrays.copyOfRange(answer, 1, 5)).isEqualTo(new byte[4]);
      assertThat(answer.length).isLessThan(packet.length);
    }
  }
}
