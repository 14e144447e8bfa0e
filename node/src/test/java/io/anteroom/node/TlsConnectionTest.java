// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.TcpClient;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.TlsFiles;
import io.anteroom.node.testing.TlsHandshake;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/**
 * Connections over TLS (RFC 7858) with each implementation of TLS, those of bad clients above all.
 */
final class TlsConnectionTest {
  private static final int ASYNC_ID = 1;
  private static final String LOCAL = "www.anteroom.test";

  private static final TestFilter filter = new TestFilter();
  private static TestNode node;

  /** The implementation of TLS. */
  enum Provider {
    JDK,
    OPENSSL
  }

  /** The listeners that each provider has. */
  private enum Kind {
    PATIENT("", ""),
    HASTY("idle-timeout = 200ms", ""),
    CROWDED("max-connections-per-client = 2", ""),
    /** For handshakes that come to no end. */
    BRISK("", "handshake-timeout = 50ms"),
    LIMITED("", "max-handshakes = 2"),
    LIMITED_CLIENT("", "max-handshakes-per-client = 2");

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
    for (Provider provider : Provider.values()) {
      for (Kind kind : Kind.values()) {
        listeners.append(
            "{ transport = tls, address = \"127.0.0.1:0\"%n%s%ntls { %s, provider = %s%n%s%n} }%n"
                .formatted(
                    kind.settings, files, provider.name().toLowerCase(Locale.ROOT), kind.tls));
      }
    }
    node =
        TestNode.start(
            """
            listeners = [
              %s
            ]
            loops = 1
            zones = [ { origin = "anteroom.test" } ]
            filters.judge { async-id = 1, timeout = 20s }
            rules.query = [ { match { suffix = ["held.test"] }, action { suspend = judge } } ]
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

  private static InetSocketAddress address(Provider provider, Kind kind) {
    return node.addresses(Transport.TLS)
        .get(provider.ordinal() * Kind.values().length + kind.ordinal());
  }

  private static TcpClient tls(Provider provider, Kind kind) {
    return TcpClient.tls("127.0.0.1", address(provider, kind));
  }

  /** A client that does not speak TLS of itself. */
  private static TcpClient raw(Provider provider, Kind kind) {
    return new TcpClient("127.0.0.1", address(provider, kind));
  }

  private static void assertAnswered(TcpClient client) {
    assertThat(client.ask(query(9, LOCAL, Type.A)).getRcode()).isZero();
  }

  private static void assertAnswered(Provider provider) {
    try (TcpClient client = tls(provider, Kind.PATIENT)) {
      assertAnswered(client);
    }
  }

  @ParameterizedTest
  @EnumSource
  void eachVersion_isSpoken(Provider provider) {
    for (String version : List.of("TLSv1.2", "TLSv1.3")) {
      long shaken = node.count(Counter.TLS_HANDSHAKES);
      try (TcpClient client =
          TcpClient.tls(
              "127.0.0.1", address(provider, Kind.PATIENT), TlsHandshake.version(version))) {
        assertAnswered(client);
        assertThat(client.session().getProtocol()).isEqualTo(version);
        node.awaitCount(Counter.TLS_HANDSHAKES, shaken + 1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void protocolOfDnsOverTls_isAccepted_alsoBesideOthers(Provider provider) {
    try (TcpClient client =
        TcpClient.tls(
            "127.0.0.1", address(provider, Kind.PATIENT), TlsHandshake.offering("h2", "dot"))) {
      assertAnswered(client);
      assertThat(client.protocol()).isEqualTo("dot");
    }
    try (TcpClient client = tls(provider, Kind.PATIENT)) {
      assertAnswered(client);
      assertThat(client.protocol()).isEmpty();
    }
  }

  /** RFC 7301 section 3.2. */
  @ParameterizedTest
  @EnumSource
  void otherProtocols_areRefused_withTheAlertForThat(Provider provider) {
    long refused = node.count(Counter.TLS_NO_PROTOCOL);
    assertThatThrownBy(
            () ->
                TcpClient.tls(
                    "127.0.0.1",
                    address(provider, Kind.PATIENT),
                    TlsHandshake.offering("h2", "http/1.1")))
        .hasMessageContaining("no_application_protocol");
    node.awaitCount(Counter.TLS_NO_PROTOCOL, refused + 1);
    assertAnswered(provider);
  }

  @ParameterizedTest
  @EnumSource
  void httpRequest_isClosed(Provider provider) {
    assertNotTls(
        provider, "GET / HTTP/1.1\r\nHost: node.test\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
  }

  @ParameterizedTest
  @EnumSource
  void plainDns_isClosed(Provider provider) {
    assertNotTls(provider, TcpClient.framed(query(1, LOCAL, Type.A)));
  }

  @ParameterizedTest
  @EnumSource
  void garbage_isClosed(Provider provider) {
    byte[] garbage = new byte[5_000];
    Arrays.fill(garbage, (byte) 0xaa);
    assertNotTls(provider, garbage);
  }

  @ParameterizedTest
  @EnumSource
  void recordThatIsNoClientHello_isClosed(Provider provider) {
    byte[] data = TlsHandshake.clientHello("node.test");
    data[0] = 23;
    assertNotTls(provider, data);
    byte[] alert = {21, 3, 3, 0, 2, 2, 40};
    assertNotTls(provider, alert);
  }

  private static void assertNotTls(Provider provider, byte[] sent) {
    long before = node.count(Counter.TLS_NOT_TLS);
    try (TcpClient client = raw(provider, Kind.PATIENT)) {
      client.sendRaw(sent);

      assertThat(client.isClosed()).isTrue();
      node.awaitCount(Counter.TLS_NOT_TLS, before + 1);
    }
    assertAnswered(provider);
  }

  @ParameterizedTest
  @EnumSource
  void brokenClientHello_isRefused(Provider provider) {
    long failed = node.count(Counter.TLS_FAILED);
    byte[] hello = TlsHandshake.clientHello("node.test");
    // The versions, which then have no number that anybody knows.
    hello[9] = 9;
    Arrays.fill(hello, 60, hello.length, (byte) 0xff);
    try (TcpClient client = raw(provider, Kind.PATIENT)) {
      client.sendRaw(hello);

      client.awaitEnd();
      node.awaitCount(Counter.TLS_FAILED, failed + 1);
    }
    assertAnswered(provider);
  }

  @ParameterizedTest
  @EnumSource
  void clientHelloWithoutAnEnd_isClosed(Provider provider) {
    long before = node.count(Counter.TLS_FAILED);
    // A handshake message that claims 16 MB, in records of 16 KB.
    byte[] header = {22, 3, 1, 0x40, 0, 1, (byte) 0xff, (byte) 0xff, (byte) 0xff};
    try (TcpClient client = raw(provider, Kind.PATIENT)) {
      client.sendRaw(Arrays.copyOf(header, 5 + 0x4000));

      assertThat(client.isClosed()).isTrue();
      node.awaitCount(Counter.TLS_FAILED, before + 1);
    }
    assertAnswered(provider);
  }

  @ParameterizedTest
  @EnumSource
  void silence_isClosed_whenTheTimeForAHandshakeIsOver(Provider provider) {
    long before = node.count(Counter.TLS_TIMEOUT);
    try (TcpClient client = raw(provider, Kind.BRISK)) {
      assertThat(client.isClosed()).isTrue();
      node.awaitCount(Counter.TLS_TIMEOUT, before + 1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void clientHelloThatComesByteByByte_isClosed_whenItsTimeIsOver(Provider provider) {
    long before = node.count(Counter.TLS_TIMEOUT);
    byte[] hello = TlsHandshake.clientHello("node.test");
    try (TcpClient client = raw(provider, Kind.BRISK)) {
      int next = 0;
      while (node.count(Counter.TLS_TIMEOUT) == before && next < hello.length - 1) {
        client.sendRaw(new byte[] {hello[next++]});
        // It is closed after the same time: a pause without a clock.
        try (TcpClient other = raw(provider, Kind.BRISK)) {
          assertThat(other.isClosed()).isTrue();
        }
      }
      assertThat(next).isLessThan(hello.length - 1);
      assertThat(client.isClosed()).isTrue();
    } catch (UncheckedIOException e) {
      // Closed while it was sending.
    }
  }

  @ParameterizedTest
  @EnumSource
  void handshakeThatStopsInTheMiddle_isClosed_whenItsTimeIsOver(Provider provider) {
    long before = node.count(Counter.TLS_TIMEOUT);
    try (TcpClient client = raw(provider, Kind.BRISK)) {
      client.sendRaw(TlsHandshake.clientHello("node.test"));

      node.awaitCount(Counter.TLS_TIMEOUT, before + 1);
      client.awaitEnd();
    }
  }

  @ParameterizedTest
  @EnumSource
  void clientThatEndsInTheMiddleOfAHandshake_isCounted(Provider provider) {
    byte[] hello = TlsHandshake.clientHello("node.test");
    for (byte[] sent : List.of(new byte[0], Arrays.copyOf(hello, 100), hello)) {
      long before = node.count(Counter.TLS_ENDED_EARLY);
      try (TcpClient client = raw(provider, Kind.PATIENT)) {
        client.sendRaw(sent);
        client.cut();
        client.awaitEnd();
        node.awaitCount(Counter.TLS_ENDED_EARLY, before + 1);
      }
      try (TcpClient client = raw(provider, Kind.PATIENT)) {
        client.sendRaw(sent);
        client.reset();
        node.awaitCount(Counter.TLS_ENDED_EARLY, before + 2);
      }
    }
    assertAnswered(provider);
  }

  @ParameterizedTest
  @EnumSource
  void garbageAfterTheHandshake_closesTheConnection(Provider provider) {
    for (byte[] garbage :
        List.of(
            "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
            new byte[] {
              23, 3, 3, 0, 20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0
            },
            new byte[64])) {
      long before = node.count(Counter.TLS_BROKEN);
      try (TcpClient client = tls(provider, Kind.PATIENT)) {
        assertAnswered(client);
        client.sendBelow(garbage);

        assertThat(client.isClosed()).isTrue();
        node.awaitCount(Counter.TLS_BROKEN, before + 1);
      }
    }
    assertAnswered(provider);
  }

  @ParameterizedTest
  @EnumSource
  void closeNotify_endsTheConnection(Provider provider) {
    long before = node.count(Counter.TLS_CLOSED);
    try (TcpClient client = tls(provider, Kind.PATIENT)) {
      assertAnswered(client);
      client.endInput();

      assertThat(client.isClosed()).isTrue();
      node.awaitCount(Counter.TLS_CLOSED, before + 1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void endWithoutCloseNotify_isCounted_alsoInTheMiddleOfAMessage(Provider provider) {
    for (int bytes : new int[] {0, 1, 10}) {
      long before = node.count(Counter.TLS_CUT_OFF);
      try (TcpClient client = tls(provider, Kind.PATIENT)) {
        assertAnswered(client);
        client.sendRaw(Arrays.copyOf(new byte[] {0, 30, 1, 2}, bytes));
        client.cut();

        assertThat(client.isClosed()).isTrue();
        node.awaitCount(Counter.TLS_CUT_OFF, before + 1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void queryInFlight_isAnswered_afterTheClientHasEndedItsSide(Provider provider) {
    byte[] query = query(1, "last.held.test", Type.A);
    long before = node.count(Counter.TLS_CUT_OFF);
    try (TcpClient client = tls(provider, Kind.PATIENT)) {
      client.send(query);
      TestFilter.Held held = filter.next();
      client.cut();
      node.awaitCount(Counter.TLS_CUT_OFF, before + 1);
      held.decide(Verdict.rcode(Rcode.NXDOMAIN));

      assertThat(client.receiveAnswerTo(query).getRcode()).isEqualTo(Rcode.NXDOMAIN);
      assertThat(client.isClosed()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void clientThatResets_whileItsQueryIsSuspended_isCountedAsGone(Provider provider) {
    long gone = node.count(ASYNC_ID, SuspensionCounter.CLIENT_GONE);
    TcpClient client = tls(provider, Kind.PATIENT);
    client.send(query(4, "gone.held.test", Type.A));
    var unused = filter.next();
    client.reset();
    node.awaitCount(ASYNC_ID, SuspensionCounter.CLIENT_GONE, gone + 1);
  }

  @ParameterizedTest
  @EnumSource
  void idleConnection_isClosed_withACloseNotify(Provider provider) {
    long idle = node.count(Counter.TCP_IDLE);
    try (TcpClient client = tls(provider, Kind.HASTY)) {
      assertThat(client.isClosed()).isTrue();
      node.awaitCount(Counter.TCP_IDLE, idle + 1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void halfAMessage_andThenSilence_isClosedAsIdle(Provider provider) {
    long idle = node.count(Counter.TCP_IDLE);
    try (TcpClient client = tls(provider, Kind.HASTY)) {
      client.sendRaw(new byte[] {0, 40, 1, 2, 3});

      assertThat(client.isClosed()).isTrue();
      node.awaitCount(Counter.TCP_IDLE, idle + 1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void messageShorterThanAHeader_closesTheConnection(Provider provider) {
    long closed = node.count(Counter.TCP_BAD_LENGTH);
    try (TcpClient client = tls(provider, Kind.PATIENT)) {
      client.send(new byte[11]);

      assertThat(client.isClosed()).isTrue();
      node.awaitCount(Counter.TCP_BAD_LENGTH, closed + 1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void connectionsAboveTheLimit_areClosedBeforeAnyHandshake(Provider provider) {
    long refused = node.count(Counter.TCP_REFUSED);
    try (TcpClient one = tls(provider, Kind.CROWDED);
        TcpClient two = tls(provider, Kind.CROWDED);
        TcpClient three = raw(provider, Kind.CROWDED)) {
      assertThat(three.isClosed()).isTrue();
      node.awaitCount(Counter.TCP_REFUSED, refused + 1);
      assertAnswered(one);
      assertAnswered(two);
    }
  }

  @ParameterizedTest
  @EnumSource
  void handshakesOfAClientAboveItsRate_areRefused_andNotThoseOfOthers(Provider provider) {
    InetSocketAddress listener = address(provider, Kind.LIMITED_CLIENT);
    assertSomeRefused(listener, Counter.TLS_LIMITED_CLIENT);
    try (TcpClient other = TcpClient.tls("127.0.9.1", listener)) {
      assertAnswered(other);
    }
  }

  @ParameterizedTest
  @EnumSource
  void handshakesAboveTheRateOfTheListener_areRefused(Provider provider) {
    assertSomeRefused(address(provider, Kind.LIMITED), Counter.TLS_LIMITED);
    await()
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              try (TcpClient client = tls(provider, Kind.LIMITED)) {
                assertAnswered(client);
              }
            });
  }

  /** Sends ClientHellos, which cost nothing, until they come faster than the limit allows. */
  private static void assertSomeRefused(InetSocketAddress listener, Counter counter) {
    long before = node.count(counter);
    byte[] hello = TlsHandshake.clientHello("node.test");
    List<TcpClient> clients = new ArrayList<>();
    while (node.count(counter) == before && clients.size() < 90) {
      TcpClient client = new TcpClient("127.0.0.1", listener);
      client.sendRaw(hello);
      clients.add(client);
    }
    await(counter.word()).until(() -> node.count(counter) > before);
    clients.forEach(TcpClient::close);
  }

  @ParameterizedTest
  @EnumSource
  void fiftyQueries_areAnsweredInTheOrderInWhichTheyEnd(Provider provider) {
    try (TcpClient client = tls(provider, Kind.PATIENT)) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      List<byte[]> queries = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        queries.add(query(i, "q" + i + ".held.test", Type.A));
        all.writeBytes(TcpClient.framed(queries.get(i)));
      }
      client.sendRaw(all.toByteArray());
      List<TestFilter.Held> held = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        held.add(filter.next());
      }
      held.sort(Comparator.comparingInt(one -> one.request().message()[1]));
      assertThat(held.get(0).request().transport()).isEqualTo(Transport.TLS);
      for (int i = 49; i >= 0; i--) {
        held.get(i).decide(Verdict.rcode(Rcode.NXDOMAIN));
        assertThat(client.receiveAnswerTo(queries.get(i)).getRcode()).isEqualTo(Rcode.NXDOMAIN);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void messagesAcrossRecords_areReadAsOneStream(Provider provider) {
    byte[] query = TcpClient.framed(query(7, LOCAL, Type.A));
    try (TcpClient client = tls(provider, Kind.PATIENT)) {
      for (int round = 0; round < 3; round++) {
        for (byte each : query) {
          client.sendRaw(new byte[] {each});
        }
        assertThat(DnsMessages.parse(client.receive()).getRcode()).isZero();
      }
    }
  }

  /** RFC 9210 section 4.2: answers are written only as fast as they are read. */
  @ParameterizedTest
  @EnumSource
  void clientThatNeverReads_isNotReadFrom_andClosedAsIdle(Provider provider) {
    long idle = node.count(Counter.TCP_IDLE);
    long unread = node.count(Counter.TLS_END_UNREAD);
    long answered = node.count(Counter.LOCAL);
    ByteArrayOutputStream thousand = new ByteArrayOutputStream();
    for (int i = 0; i < 1_000; i++) {
      thousand.writeBytes(TcpClient.framed(query(i, "big.anteroom.test", Type.TXT)));
    }
    try (TcpClient client =
        TcpClient.tls("127.0.0.1", address(provider, Kind.HASTY), 4_096, TlsHandshake.PLAIN)) {
      for (int i = 0; i < 1_000; i++) {
        client.sendRaw(thousand.toByteArray());
      }
      throw new AssertionError("all was read");
    } catch (UncheckedIOException e) {
      // What must happen: the connection has been closed.
    }
    node.awaitCount(Counter.TCP_IDLE, idle + 1);
    node.awaitCount(Counter.TLS_END_UNREAD, unread + 1);
    // 3 kB each: what the two socket buffers and the bounded one between them hold at the most.
    assertThat(node.count(Counter.LOCAL) - answered).as("answers made").isLessThan(8_000);
    assertAnswered(provider);
  }
}
