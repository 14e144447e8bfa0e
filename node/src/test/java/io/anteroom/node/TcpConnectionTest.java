// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.TcpClient;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Connections over TCP, those of bad clients above all (RFC 7766). */
final class TcpConnectionTest {
  private static final int ASYNC_ID = 1;
  private static final int PATIENT = 0;
  private static final int HASTY = 1;
  private static final int SMALL = 2;
  private static final int NARROW = 3;
  private static final int SHARED = 4;
  private static final int WIDE = 5;
  private static final int CROWDED = 6;
  private static final int BOUNDED = 7;
  private static final int FILLED = 8;
  private static final int MAX_PIPELINED = 5;

  /** Bytes of the answer that each name below large.test has. */
  private static final int LARGE = 200 * 251;

  private static final String LOCAL = "www.anteroom.test";

  private static final TestFilter filter = new TestFilter();
  private static TestNode node;

  @BeforeAll
  static void start(@TempDir Path directory) throws IOException {
    node =
        TestNode.start(
            """
            listeners = [
              { transport = tcp, address = "127.0.0.1:0" }
              { transport = tcp, address = "127.0.0.1:0", idle-timeout = 200ms }
              { transport = tcp, address = "127.0.0.1:0", max-connections = 2 }
              { transport = tcp, address = "127.0.0.1:0", max-pipelined = 5 }
              { transport = tcp, address = "127.0.0.1:0", max-connections-per-client = 2 }
              { transport = tcp, address = "127.0.0.1:0", max-pipelined = 1000 }
              { transport = tcp, address = "127.0.0.1:0", max-connections = 4 }
              {
                transport = tcp, address = "127.0.0.1:0"
                max-queries-per-client = 3, idle-timeout = 2s
              }
              {
                transport = tcp, address = "127.0.0.1:0"
                max-connections = 40, max-connections-per-client = 4
              }
            ]
            loops = 1
            zones = [ { origin = "anteroom.test" }, { origin = "large.test", file = "%s" } ]
            filters.judge { async-id = 1, timeout = 20s }
            rules.query = [
              { match { suffix = ["held.test", "large.test"] }, action { suspend = judge } }
            ]
            """
                .formatted(largeZone(directory)),
            Map.of("judge", filter));
  }

  private static Path largeZone(Path directory) throws IOException {
    StringBuilder zone = new StringBuilder("@ 60 SOA . . 1 60 60 60 60\n@ 60 NS .\n* 60 TXT");
    for (int i = 0; i < 200; i++) {
      zone.append(" \"").append("x".repeat(250)).append('"');
    }
    return Files.writeString(directory.resolve("large.zone"), zone.append('\n'));
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

  @Test
  void halfALengthPrefix_andThenSilence_isClosedAsIdle() {
    assertClosedAsIdle(new byte[] {0});
  }

  @Test
  void halfAMessage_andThenSilence_isClosedAsIdle() {
    assertClosedAsIdle(new byte[] {0, 40, 1, 2, 3});
  }

  @Test
  void silence_isClosedAsIdle() {
    assertClosedAsIdle(new byte[0]);
  }

  private static void assertClosedAsIdle(byte[] sent) {
    long idle = node.count(Counter.TCP_IDLE);
    try (TcpClient client = client(HASTY)) {
      client.sendRaw(sent);

      assertThat(client.isClosed()).isTrue();
      assertThat(node.count(Counter.TCP_IDLE)).isEqualTo(idle + 1);
    }
    assertAnswered(HASTY);
  }

  @Test
  void connectionWithASuspendedQuery_isNotIdle() {
    byte[] query = query(1, "patient.held.test", Type.A);
    long idle = node.count(Counter.TCP_IDLE);
    try (TcpClient client = client(HASTY);
        TcpClient idler = client(HASTY);
        TcpClient later = client(HASTY)) {
      client.send(query);
      TestFilter.Held held = filter.next();
      // Two others go meanwhile, one after the other: it has waited for longer than they may.
      assertThat(idler.isClosed()).isTrue();
      assertThat(later.isClosed()).isTrue();
      node.awaitCount(Counter.TCP_IDLE, idle + 2);

      held.decide(Verdict.rcode(Rcode.NXDOMAIN));
      assertThat(client.receiveAnswerTo(query).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    }
  }

  @Test
  void messageOfLengthZero_closesTheConnection() {
    long bad = node.count(Counter.TCP_BAD_LENGTH);
    try (TcpClient client = client(PATIENT)) {
      client.send(new byte[0]);

      assertThat(client.isClosed()).isTrue();
      assertThat(node.count(Counter.TCP_BAD_LENGTH)).isEqualTo(bad + 1);
    }
    assertAnswered(PATIENT);
  }

  @Test
  void messageOfSixtyFiveThousandBytes_isFormerr_andTheNextIsAnswered() {
    Message message = DnsMessages.message(2, LOCAL, Type.A);
    int empty = DnsMessages.with(message.clone(), opt(0)).length;
    byte[] query = DnsMessages.with(message, opt(0xffff - empty));
    assertThat(query).hasSize(0xffff);
    try (TcpClient client = client(PATIENT)) {
      client.send(query);

      assertThat(DnsMessages.parse(client.receive()).getRcode()).isEqualTo(Rcode.FORMERR);
      assertThat(client.ask(query(3, LOCAL, Type.A)).getRcode()).isZero();
    }
  }

  @Test
  void messageShorterThanAHeader_closesTheConnection() {
    for (int length = 0; length < 12; length++) {
      long closed = node.count(Counter.TCP_BAD_LENGTH);
      try (TcpClient client = client(PATIENT)) {
        client.send(new byte[length]);

        assertThat(client.isClosed()).as("length %d", length).isTrue();
        node.awaitCount(Counter.TCP_BAD_LENGTH, closed + 1);
      }
    }
  }

  @Test
  void bytesThatComeOneByOne_doNotKeepAConnectionOpen() {
    long idle = node.count(Counter.TCP_IDLE);
    byte[] query = TcpClient.framed(query(4, LOCAL, Type.A));
    try (TcpClient client = client(HASTY)) {
      int next = 0;
      while (node.count(Counter.TCP_IDLE) == idle && next < query.length - 1) {
        client.sendRaw(new byte[] {query[next++]});
        TcpClient other = client(HASTY);
        // It is closed after the time that a connection may be idle: a pause without a clock.
        assertThat(other.isClosed()).isTrue();
        other.close();
      }
      assertThat(next).isLessThan(query.length - 1);
    }
  }

  @Test
  void bytesThatComeOneByOne_besideASuspendedQuery_doNotKeepAConnectionOpen() {
    long idle = node.count(Counter.TCP_IDLE);
    byte[] query = TcpClient.framed(query(4, LOCAL, Type.A));
    try (TcpClient client = client(HASTY)) {
      client.send(query(1, "beside.held.test", Type.A));
      var unused = filter.next();
      for (int i = 0; i < 6; i++) {
        client.sendRaw(new byte[] {query[i]});
      }
      assertThat(client.isClosed()).isTrue();
      node.awaitCount(Counter.TCP_IDLE, idle + 1);
    }
  }

  /** RFC 7766 section 6.2.3. */
  @Test
  void listenerFullOfIdleConnections_closesOneOfThem_forAClientOfAnotherNetwork() {
    long gaveWay = node.count(Counter.TCP_GAVE_WAY);
    List<TcpClient> crowd = crowd();
    crowd.forEach(client -> client.ask(query(5, LOCAL, Type.A)));
    try (TcpClient newcomer = new TcpClient("127.0.3.1", address(CROWDED))) {
      assertThat(newcomer.ask(query(6, LOCAL, Type.A)).getRcode()).isZero();
    }
    assertThat(crowd.get(0).isClosed()).isTrue();
    assertThat(node.count(Counter.TCP_GAVE_WAY)).isEqualTo(gaveWay + 1);
    for (TcpClient client : crowd.subList(1, crowd.size())) {
      assertThat(client.ask(query(7, LOCAL, Type.A)).getRcode()).isZero();
    }
    crowd.forEach(TcpClient::close);
  }

  @Test
  void listenerFullOfBusyConnections_ofTwoNetworks_keepsNobodyOut() {
    long gaveWay = node.count(Counter.TCP_GAVE_WAY);
    List<TcpClient> crowd = crowd();
    for (TcpClient client : crowd) {
      client.send(query(5, "busy.held.test", Type.A));
      var unused = filter.next();
    }
    try (TcpClient newcomer = new TcpClient("127.0.3.1", address(CROWDED))) {
      assertThat(newcomer.ask(query(6, LOCAL, Type.A)).getRcode()).isZero();
    }
    node.awaitCount(Counter.TCP_GAVE_WAY, gaveWay + 1);
    crowd.forEach(TcpClient::reset);
  }

  /** Five clients of each of two networks have all connections, each with a query in flight. */
  @Test
  void networksOfManyClients_keepNoThirdOut() {
    List<TcpClient> open = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      TcpClient client =
          new TcpClient("127.0.%d.%d".formatted(1 + i / 20, 1 + i % 5), address(FILLED));
      client.send(query(5, "busy.held.test", Type.A));
      var unused = filter.next();
      open.add(client);
    }
    for (int i = 0; i < 10; i++) {
      TcpClient newcomer = new TcpClient("127.0.3." + (1 + i % 5), address(FILLED));
      assertThat(newcomer.ask(query(6, LOCAL, Type.A)).getRcode()).isZero();
      open.add(newcomer);
    }
    for (TcpClient newcomer : open.subList(40, open.size())) {
      assertThat(newcomer.ask(query(7, LOCAL, Type.A)).getRcode()).isZero();
    }
    open.forEach(TcpClient::reset);
  }

  /** All connections that the listener may have, of two networks. */
  private static List<TcpClient> crowd() {
    List<TcpClient> crowd = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      TcpClient client = new TcpClient("127.0." + (1 + i / 2) + ".1", address(CROWDED));
      client.ask(query(4, LOCAL, Type.A));
      crowd.add(client);
    }
    return crowd;
  }

  @Test
  void clientWithAllTheConnectionsThatItMayHave_keepsNobodyElseOut() {
    long refused = node.count(Counter.TCP_REFUSED);
    List<TcpClient> greedy = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      greedy.add(client(SHARED));
    }
    node.awaitCount(Counter.TCP_REFUSED, refused + 1);
    try (TcpClient other = new TcpClient("127.0.1.1", address(SHARED))) {
      assertThat(other.ask(query(5, LOCAL, Type.A)).getRcode()).isZero();
    }
    greedy.forEach(TcpClient::close);
    // The node sees them close a little later.
    await().ignoreExceptions().untilAsserted(() -> assertAnswered(SHARED));
  }

  private static OPTRecord opt(int padding) {
    return new OPTRecord(1232, 0, 0, 0, new GenericEDNSOption(12, new byte[padding]));
  }

  @Test
  void messageOfSixtyFiveThousandBytes_ofNoise_isFormerr() {
    byte[] noise = new byte[0xffff];
    noise[5] = 1;
    noise[12] = 0x7f;
    try (TcpClient client = client(PATIENT)) {
      client.send(noise);

      assertThat(DnsMessages.parse(client.receive()).getRcode()).isEqualTo(Rcode.FORMERR);
      assertThat(client.ask(query(3, LOCAL, Type.A)).getRcode()).isZero();
    }
  }

  @Test
  void fiftyQueries_areAnsweredInTheOrderInWhichTheyEnd() {
    try (TcpClient client = client(PATIENT)) {
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
      for (int i = 49; i >= 0; i--) {
        held.get(i).decide(Verdict.rcode(Rcode.NXDOMAIN));
        assertThat(client.receiveAnswerTo(queries.get(i)).getRcode()).isEqualTo(Rcode.NXDOMAIN);
      }
    }
  }

  @Test
  void queriesBeyondMaxPipelined_waitUntilOthersHaveEnded() {
    int queries = 4 * MAX_PIPELINED;
    try (TcpClient client = client(NARROW)) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (int i = 0; i < queries; i++) {
        all.writeBytes(TcpClient.framed(query(i, "p" + i + ".held.test", Type.A)));
      }
      client.sendRaw(all.toByteArray());
      List<TestFilter.Held> held = new ArrayList<>();
      for (int i = 0; i < queries; i++) {
        if (held.size() == MAX_PIPELINED) {
          held.remove(0).decide(Verdict.rcode(Rcode.NXDOMAIN));
          client.receive();
        }
        held.add(filter.next());
        long live =
            node.count(ASYNC_ID, SuspensionCounter.ACCEPTED)
                - node.count(ASYNC_ID, SuspensionCounter.RESUMED)
                - node.count(ASYNC_ID, SuspensionCounter.CLIENT_GONE);
        assertThat(live).as("suspended for one connection").isLessThanOrEqualTo(MAX_PIPELINED);
      }
      for (TestFilter.Held last : held) {
        last.decide(Verdict.rcode(Rcode.NXDOMAIN));
        client.receive();
      }
    }
  }

  @Test
  void queriesOfOneClient_onManyConnections_waitUntilOthersHaveEnded() {
    long held = node.count(Counter.TCP_HELD);
    long accepted = node.count(ASYNC_ID, SuspensionCounter.ACCEPTED);
    try (TcpClient one = client(BOUNDED);
        TcpClient two = client(BOUNDED);
        TcpClient three = client(BOUNDED);
        TcpClient neighbour = new TcpClient("127.0.0.2", address(BOUNDED))) {
      one.send(query(1, "a1.held.test", Type.A));
      TestFilter.Held first = filter.next();
      one.send(query(2, "a2.held.test", Type.A));
      var unused = filter.next();
      two.send(query(3, "b1.held.test", Type.A));
      unused = filter.next();
      three.send(query(4, "c1.held.test", Type.A));
      // The second is held when it has sent the last that is taken, the third with its first.
      node.awaitCount(Counter.TCP_HELD, held + 2);
      assertThat(neighbour.ask(query(5, LOCAL, Type.A)).getRcode()).isZero();
      assertThat(node.count(ASYNC_ID, SuspensionCounter.ACCEPTED)).isEqualTo(accepted + 3);

      first.decide(Verdict.rcode(Rcode.NXDOMAIN));
      one.receive();
      TestFilter.Held last = filter.next();
      last.decide(Verdict.rcode(Rcode.NXDOMAIN));
      three.receive();
      // Its two others do not count when their connections have gone.
      one.reset();
      two.reset();
      List<TestFilter.Held> more = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        three.send(query(6 + i, "d" + i + ".held.test", Type.A));
        more.add(filter.next());
      }
      for (TestFilter.Held each : more) {
        each.decide(Verdict.rcode(Rcode.NXDOMAIN));
        three.receive();
      }
    }
  }

  /** RFC 9210 section 4.2: answers are written only as fast as they are read. */
  @Test
  void clientThatNeverReads_isNotReadFrom_andClosedAsIdle() {
    long idle = node.count(Counter.TCP_IDLE);
    long answered = node.count(Counter.LOCAL);
    ByteArrayOutputStream thousand = new ByteArrayOutputStream();
    for (int i = 0; i < 1_000; i++) {
      thousand.writeBytes(TcpClient.framed(query(i, "big.anteroom.test", Type.TXT)));
    }
    try (TcpClient client = new TcpClient("127.0.0.1", address(HASTY), 4_096)) {
      for (int i = 0; i < 1_000; i++) {
        client.sendRaw(thousand.toByteArray());
      }
      throw new AssertionError("all was read");
    } catch (UncheckedIOException e) {
      // What must happen: the connection has been closed.
    }
    node.awaitCount(Counter.TCP_IDLE, idle + 1);
    // 3 kB each: what the two socket buffers and the bounded one between them hold at the most.
    assertThat(node.count(Counter.LOCAL) - answered).as("answers made").isLessThan(8_000);
    assertAnswered(HASTY);
  }

  /**
   * Above the mark that ends the reading of a connection stand the answers to queries that were
   * taken before, up to max-pipelined of them. All connections together may hold so much unread.
   */
  @Test
  void clientThatLetsLargeAnswersPileUp_isClosed_andOthersAreAnswered() {
    long unread = node.count(Counter.TCP_UNREAD);
    // What one connection may hold, what the sockets hold, and some more.
    long bytes = Runtime.getRuntime().maxMemory() / 256 + (16 << 20);
    int queries = (int) (bytes / LARGE);
    try (TcpClient client = new TcpClient("127.0.0.1", address(WIDE), 4_096)) {
      List<TestFilter.Held> held = new ArrayList<>();
      for (int i = 0; i < queries; i++) {
        client.send(query(i, "q" + i + ".large.test", Type.TXT));
        held.add(filter.next());
      }
      held.forEach(one -> one.decide(Verdict.proceed()));
      node.awaitCount(Counter.TCP_UNREAD, unread + 1);
    }
    assertAnswered(WIDE);
  }

  @Test
  void clientThatResets_whileItsQueryIsSuspended_isCountedAsGone() {
    long gone = node.count(ASYNC_ID, SuspensionCounter.CLIENT_GONE);
    long late = node.count(Counter.RESUMED_LATE);
    TcpClient client = client(PATIENT);
    client.send(query(4, "gone.held.test", Type.A));
    TestFilter.Held held = filter.next();
    client.reset();
    node.awaitCount(ASYNC_ID, SuspensionCounter.CLIENT_GONE, gone + 1);
    long verdicts = node.count(ASYNC_ID, SuspensionCounter.VERDICTS_LATE);
    held.decide(Verdict.proceed());

    node.awaitCount(ASYNC_ID, SuspensionCounter.VERDICTS_LATE, verdicts + 1);
    assertThat(node.count(Counter.RESUMED_LATE)).isEqualTo(late);
    assertAnswered(PATIENT);
  }

  /** A closed socket looks like one that only sends no more, until an answer is written to it. */
  @Test
  void clientThatCloses_whileItsQueryIsSuspended_doesNoHarm() {
    long resumed = node.count(ASYNC_ID, SuspensionCounter.RESUMED);
    try (TcpClient client = client(PATIENT)) {
      client.send(query(5, "closed.held.test", Type.A));
    }
    filter.next().decide(Verdict.rcode(Rcode.NXDOMAIN));

    node.awaitCount(ASYNC_ID, SuspensionCounter.RESUMED, resumed + 1);
    assertAnswered(PATIENT);
  }

  @Test
  void halfClosedConnection_getsItsAnswers_andIsClosedThen() {
    byte[] query = query(6, "half.held.test", Type.A);
    try (TcpClient client = client(PATIENT)) {
      client.send(query);
      client.send(query(7, LOCAL, Type.A));
      client.endInput();
      assertThat(DnsMessages.parse(client.receive()).getHeader().getID()).isEqualTo(7);
      filter.next().decide(Verdict.rcode(Rcode.NXDOMAIN));

      assertThat(client.receiveAnswerTo(query).getRcode()).isEqualTo(Rcode.NXDOMAIN);
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void halfClosedConnection_withMoreThanMayBePipelined_getsAllItsAnswers() {
    int queries = 10 * MAX_PIPELINED;
    try (TcpClient client = client(NARROW)) {
      for (int i = 0; i < queries; i++) {
        client.send(query(i, LOCAL, Type.A));
      }
      client.endInput();
      for (int i = 0; i < queries; i++) {
        assertThat(DnsMessages.parse(client.receive()).getHeader().getID()).isEqualTo(i);
      }
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void connectionBeyondTheMost_isClosedAtOnce_untilAnotherHasGone() {
    long refused = node.count(Counter.TCP_REFUSED);
    try (TcpClient first = client(SMALL);
        TcpClient second = client(SMALL)) {
      first.ask(query(8, LOCAL, Type.A));
      second.ask(query(8, LOCAL, Type.A));
      try (TcpClient third = client(SMALL)) {
        assertThat(third.isClosed()).isTrue();
        node.awaitCount(Counter.TCP_REFUSED, refused + 1);
      }
      assertThat(first.ask(query(9, LOCAL, Type.A)).getRcode()).isZero();
      second.endInput();
      assertThat(second.isClosed()).isTrue();
      assertAnswered(SMALL);
    }
  }

  private static void assertAnswered(int listener) {
    try (TcpClient client = client(listener)) {
      assertThat(client.ask(query(0x7777, LOCAL, Type.A)).getRcode()).isZero();
    }
  }

  private static TcpClient client(int listener) {
    return new TcpClient("127.0.0.1", address(listener));
  }

  private static InetSocketAddress address(int listener) {
    return node.addresses(Transport.TCP).get(listener);
  }
}
