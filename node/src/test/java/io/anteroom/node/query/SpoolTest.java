// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.DataSettings;
import io.anteroom.node.flow.Client;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.FileHandler;
import io.anteroom.node.flow.Query;
import io.anteroom.node.flow.Rules;
import io.anteroom.node.flow.SpooledFile;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.node.wire.WireQuery;
import io.anteroom.protocol.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

class SpoolTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Instant NOW = Instant.ofEpochSecond(1_800_000_000);

  @TempDir private Path temporary;

  private final Counters<Counter> counters = new Counters<>(Counter.class);
  private final BlockingQueue<SpooledFile> told = new LinkedBlockingQueue<>();

  private Spool spool(int maxFiles, long maxBytes, FileHandler... handlers) {
    DataSettings settings = new DataSettings(temporary.resolve("data"), maxFiles, maxBytes);
    return new Spool(
        () -> settings, () -> List.of(handlers), counters, Clock.fixed(NOW, ZoneOffset.UTC));
  }

  private static Query answered(int id) {
    byte[] packet = DnsMessages.query(id, "www.example.test", Type.A);
    byte[] answer = packet.clone();
    answer[2] |= (byte) 0x80;
    answer[3] |= Rcode.NXDOMAIN;
    Client client = new Client(new InetSocketAddress("192.0.2.7", 4_711), Transport.UDP, 0);
    return Query.of((WireQuery) WireQuery.parse(packet), client, Rules.NONE).withAnswer(answer);
  }

  private SpooledFile told() throws InterruptedException {
    SpooledFile file = told.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    assertThat(file).isNotNull();
    return file;
  }

  private Path directory() {
    return temporary.resolve("data").resolve("spool");
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.list(directory())) {
      return all.toList();
    }
  }

  private void awaitCount(Counter counter, long n) {
    await(counter.word())
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(counters.get(counter)).isEqualTo(n));
  }

  @Test
  void answer_isAFile_andHandlersAreToldOfIt() throws Exception {
    Spool spool = spool(10, 1 << 20, told::add);
    Query query = answered(5);

    spool.write(query, "seen");

    SpooledFile file = told();
    assertThat(file.timestamp()).isEqualTo(NOW.getEpochSecond());
    assertThat(file.flowKey()).isEqualTo("192.0.2.7:4711 udp " + query.wire().name());
    assertThat(file.request()).isEqualTo(query.wire().name() + " IN A");
    assertThat(file.response()).isEqualTo("NXDOMAIN answers=0 authorities=0 additionals=0");
    assertThat(file.length()).isEqualTo(query.answer().length);
    assertThat(file.path()).isAbsolute().hasBinaryContent(query.answer());
    assertThat(file.path().getParent()).isEqualTo(directory().toRealPath());
    assertThat(file.path().getFileName().toString()).startsWith("seen-1800000000-");
    assertThat(mode(file.path())).isEqualTo("rw-------");
    assertThat(mode(directory())).isEqualTo("rwx------");
    assertThat(mode(directory().getParent())).isEqualTo("rwx------");
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void tooManyFiles_theOldestAreRemoved_thoseOfAnEarlierRunFirst() throws Exception {
    Spool earlier = spool(10, 1 << 20, told::add);
    earlier.write(answered(1), "old");
    Path old = told().path();

    Spool spool = spool(3, 1 << 20, told::add);
    for (int i = 0; i < 5; i++) {
      spool.write(answered(i), "new");
    }
    List<Path> written =
        List.of(told(), told(), told(), told(), told()).stream().map(SpooledFile::path).toList();

    assertThat(files()).containsExactlyInAnyOrderElementsOf(written.subList(2, 5));
    assertThat(old).doesNotExist();
    assertThat(counters.get(Counter.SPOOL_REMOVED)).isEqualTo(3);
  }

  @Test
  void tooManyBytes_theOldestAreRemoved() throws Exception {
    int size = answered(1).answer().length;
    Spool spool = spool(100, 2L * size, told::add);

    for (int i = 0; i < 5; i++) {
      spool.write(answered(i), "new");
      told();
    }

    assertThat(files()).hasSize(2);
    assertThat(counters.get(Counter.SPOOL_REMOVED)).isEqualTo(3);
  }

  @Test
  void directoryThatCannotBeUsed_isCounted_andUsedWhenItCanBe() throws Exception {
    Files.writeString(temporary.resolve("data"), "in the way");
    Spool spool = spool(10, 1 << 20, told::add);

    spool.write(answered(1), "a");
    awaitCount(Counter.SPOOL_FAILED, 1);
    Files.delete(temporary.resolve("data"));
    spool.write(answered(1), "a");

    assertThat(told().path()).exists();
  }

  @Test
  void linkInPlaceOfTheDirectory_isNotFollowed() throws Exception {
    Path elsewhere = Files.createDirectory(temporary.resolve("elsewhere"));
    Spool spool = spool(10, 1 << 20, told::add);
    spool.write(answered(1), "a");
    Files.delete(told().path());
    Files.delete(directory());
    Files.createSymbolicLink(directory(), elsewhere);

    spool.write(answered(1), "a");

    awaitCount(Counter.SPOOL_FAILED, 1);
    assertThat(elsewhere).isEmptyDirectory();
  }

  @Test
  void slowWriter_answersBeyondTheQueueAreCounted() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    Spool spool = spool(10, 1 << 20, file -> hold(go));
    spool.write(answered(1), "a");
    awaitCount(Counter.SPOOLED, 1);

    for (int i = 0; i < Spool.MAX_WAITING + 7; i++) {
      spool.write(answered(1), "a");
    }

    assertThat(counters.get(Counter.SPOOL_OVERLOAD)).isEqualTo(7);
    go.countDown();
    awaitCount(Counter.SPOOLED, Spool.MAX_WAITING + 1);
  }

  private static void hold(CountDownLatch until) {
    try {
      until.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void handlerThatThrows_hurtsNobodyElse() throws Exception {
    Spool spool =
        spool(
            10,
            1 << 20,
            file -> {
              throw new IllegalStateException("of this test");
            },
            told::add);

    spool.write(answered(1), "a");
    spool.write(answered(2), "b");

    assertThat(told().path().getFileName().toString()).startsWith("a-");
    assertThat(told().path().getFileName().toString()).startsWith("b-");
  }

  @Test
  void rule_spoolsTheAnswersOfANode() throws Exception {
    try (ScriptedServer upstream = ScriptedServer.start(Asked::answer);
        TestNode node =
            TestNode.start(
                """
                data-dir = "%s"
                upstreams.default.servers = ["127.0.0.1:%d"]
                rules.response = [{ match.suffix = kept.test, action.spool = kept }]
                """
                    .formatted(temporary.resolve("data"), upstream.address().getPort()),
                Map.of());
        UdpClient client = node.udp()) {
      client.ask(DnsMessages.query(1, "other.test", Type.A));
      client.ask(DnsMessages.query(2, "www.kept.test", Type.A));
      node.awaitCount(Counter.SPOOLED, 1);

      assertThat(files()).hasSize(1);
      var message = DnsMessages.parse(Files.readAllBytes(files().get(0)));
      assertThat(message.getQuestion().getName()).hasToString("www.kept.test.");
    }
  }
}
