// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.typesafe.config.ConfigFactory;
import io.anteroom.node.config.ConnectorSettings;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.filter.FilterRouter.Connection;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.net.EventLoopsSetup;
import io.anteroom.node.testing.DatagramFilter;
import io.anteroom.node.testing.DatagramFilter.Sent;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.FilterRequests;
import io.anteroom.protocol.Resume;
import io.anteroom.protocol.Resumes;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.SuspensionKey;
import io.anteroom.protocol.ToInstance;
import io.anteroom.protocol.ToRouter;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import io.netty.channel.Channel;
import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Type;

/** The connector on real sockets, between a filter that has a script and a router's probe. */
class DatagramConnectorActorTest {
  private static final int ASYNC_ID = 7;
  private static final Duration TIMEOUT = Duration.ofSeconds(1);

  private static final EventLoops loops = new EventLoops(1);
  private static ActorTestKit kit;

  /** How node and filter reach each other. */
  enum Way {
    /** As in dnsdist's example: each has a socket where it receives. */
    UNIX_BOTH,
    /** The filter answers to whoever sent the message. */
    UNIX_BACK,
    /** As the first, with abstract names. */
    UNIX_ABSTRACT,
    UDP
  }

  @TempDir private Path directory;

  private final AtomicLong now = new AtomicLong(new Random().nextLong());
  private final FilterService service =
      new FilterService(FilterSettings.of("guard", ASYNC_ID, TIMEOUT));
  private final List<DatagramFilter> filters = new ArrayList<>();
  private TestProbe<ToRouter> router;
  private String sendTo;
  private @Nullable String receiveAt;
  private int port;
  private @Nullable ActorRef<ToInstance> connector;
  private long sequence;

  @BeforeAll
  static void startKit() {
    kit =
        ActorTestKit.create(
            ActorSystem.create(
                Behaviors.empty(),
                "connector",
                ActorSystemSetup.create(
                    BootstrapSetup.create(loops.dispatchers().withFallback(ConfigFactory.load())),
                    new EventLoopsSetup(loops))));
  }

  @AfterAll
  static void stopKit() {
    kit.shutdownTestKit();
    loops.shutdown().awaitUninterruptibly();
  }

  @BeforeEach
  void start() {
    router = kit.createTestProbe();
    sendTo = directory.resolve("filter").toString();
    receiveAt = directory.resolve("node").toString();
  }

  @AfterEach
  void stop() {
    if (connector != null) {
      kit.stop(connector);
    }
    filters.forEach(DatagramFilter::close);
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void request_goesOutWithAnIdOfOurs_andComesBackAsVerdict(Way way) throws IOException {
    DatagramFilter filter = connected(way, DatagramFilter.ACCEPT);
    byte[] message = DnsMessages.query(0x1234, "a.example", Type.A);

    request(1, message);

    Sent sent = filter.next();
    assertThat(rest(sent.message())).isEqualTo(rest(message));
    assertThat(resumes(1)).containsExactly(new Resume(key(1), Verdict.proceed()));
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  void manyRequests_haveDistinctIds_andEachItsOwnVerdict(Way way) throws IOException {
    connected(way, sent -> List.of(sent.id() + " rcode " + number(sent) % 16));

    List<Resume> resumes = new ArrayList<>();
    for (int i = 0; i < 1_000; i += 100) {
      List<FilterRequest> batch = new ArrayList<>();
      for (int j = i; j < i + 100; j++) {
        batch.add(filterRequest(j, DnsMessages.query(1, "n" + j + ".example", Type.A)));
      }
      requests(batch);
      // More at once would overflow the buffer of a UDP socket.
      resumes.addAll(resumes(100));
    }

    assertThat(resumes)
        .allSatisfy(
            resume ->
                assertThat(resume.verdict())
                    .isEqualTo(Verdict.rcode((int) resume.key().queryId() % 16)));
    assertThat(resumes).extracting(Resume::key).doesNotHaveDuplicates();
  }

  @Test
  void garbage_isCountedAndIgnored() throws IOException {
    DatagramFilter filter =
        connected(Way.UNIX_BOTH, sent -> List.of("hello", sent.id() + " maybe", "" + sent.id()));
    request(1);
    assertThat(resumes(1)).hasSize(1);
    filter.say("x".repeat(5_000));
    awaitCount(SuspensionCounter.VERDICTS_MALFORMED, 3);
  }

  @Test
  void unknownId_isCounted_andChangesNothing() throws IOException {
    DatagramFilter filter = connected(Way.UNIX_BOTH, DatagramFilter.SILENT);
    request(1);
    int id = filter.next().id();
    filter.say((id ^ 1) + " drop");
    awaitCount(SuspensionCounter.VERDICTS_UNKNOWN, 1);
    filter.say(id + " refuse");
    assertThat(resumes(1)).containsExactly(new Resume(key(1), Verdict.rcode(5)));
  }

  @Test
  void secondVerdict_isLate() throws IOException {
    connected(Way.UNIX_BOTH, sent -> List.of(sent.id() + " drop", sent.id() + " accept"));
    request(1);
    assertThat(resumes(1)).containsExactly(new Resume(key(1), Verdict.drop()));
    awaitCount(SuspensionCounter.VERDICTS_LATE, 1);
    router.expectNoMessage(Duration.ZERO);
  }

  @Test
  void verdictAfterTheTimeout_isLate_andItsIdIsNotGivenToAnother() throws IOException {
    DatagramFilter filter = connected(Way.UNIX_BOTH, DatagramFilter.SILENT);
    request(1);
    int late = filter.next().id();
    now.addAndGet(TIMEOUT.toNanos());
    Set<Integer> others = new HashSet<>();
    for (int i = 2; i < 1_000; i++) {
      request(i);
      others.add(filter.next().id());
    }
    assertThat(others).doesNotContain(late);
    filter.say(late + " drop");
    awaitCount(SuspensionCounter.VERDICTS_LATE, 1);
    router.expectNoMessage(Duration.ZERO);
  }

  @Test
  void credits_areTheFreeIds_andComeBackWhenTheIdsHaveRested() throws IOException {
    DatagramFilter filter = connected(Way.UNIX_BOTH, DatagramFilter.SILENT);
    filter.sleep(true);
    for (int i = 0; i < CopyIds.SIZE; i += 128) {
      List<FilterRequest> batch = new ArrayList<>();
      for (int j = i; j < i + 128; j++) {
        batch.add(filterRequest(j, DnsMessages.query(1, "a.example", Type.A)));
      }
      requests(batch);
    }
    tell(Connectors.serve(router.getRef()));
    router.expectMessage(Duration.ofSeconds(15), new Connection(connector, true, CopyIds.SIZE, 0));
    now.addAndGet(TIMEOUT.toNanos());
    awaitRest();
    now.addAndGet(TIMEOUT.toNanos());
    Resumes back = router.expectMessageClass(Resumes.class, Duration.ofSeconds(15));
    assertThat(back.credits()).isEqualTo(CopyIds.SIZE);
    assertThat(back.resumes()).isEmpty();
  }

  /** Late verdicts are told from unknown ones only once the connector has looked at the time. */
  private void awaitRest() {
    long before = service.counters().get(SuspensionCounter.VERDICTS_LATE);
    DatagramFilter filter = filters.get(0);
    filter.sleep(false);
    int id = filter.next().id();
    await()
        .until(
            () -> {
              filter.say("" + id);
              return service.counters().get(SuspensionCounter.VERDICTS_LATE) > before;
            });
  }

  @Test
  void filterThatDoesNotRead_getsEverythingWhenItDoes() throws IOException {
    DatagramFilter filter = connected(Way.UNIX_BOTH, DatagramFilter.ACCEPT);
    filter.sleep(true);
    for (int i = 0; i < 1_000; i++) {
      request(i);
    }
    await().until(() -> service.counters().get(SuspensionCounter.CONNECTOR_BLOCKED) > 0);
    filter.sleep(false);
    assertThat(resumes(1_000)).extracting(Resume::key).doesNotHaveDuplicates();
    assertThat(filter.waiting()).isEqualTo(1_000);
  }

  @Test
  void requestsThatEndedWhileTheFilterDidNotRead_areNotSentToIt() throws IOException {
    DatagramFilter filter = connected(Way.UNIX_BOTH, DatagramFilter.SILENT);
    filter.sleep(true);
    for (int i = 0; i < 5_000; i++) {
      request(i);
    }
    await().until(() -> service.counters().get(SuspensionCounter.CONNECTOR_BLOCKED) > 0);
    now.addAndGet(TIMEOUT.toNanos());
    filter.play(DatagramFilter.ACCEPT);
    filter.sleep(false);
    request(5_000);
    assertThat(resumes(1)).extracting(Resume::key).containsExactly(key(5_000));
    assertThat(filter.waiting()).isLessThan(5_000);
  }

  @ParameterizedTest
  @EnumSource(
      value = Way.class,
      names = {"UNIX_BOTH", "UNIX_BACK", "UDP"})
  void filterThatRestarts_isFoundAgain(Way way) throws IOException {
    DatagramFilter first = connected(way, DatagramFilter.SILENT);
    request(1);
    first.next();
    first.close();
    await()
        .until(
            () -> {
              request(2);
              return service.counters().get(SuspensionCounter.CONNECTOR_BROKEN) > 0;
            });
    expectConnection(false);

    DatagramFilter second = filter(way, DatagramFilter.ACCEPT);
    expectConnection(true);
    if (way == Way.UDP) {
      // It opens whether or not there is a filter, so it may have found none before.
      await()
          .until(
              () -> {
                request(3);
                return second.waiting() > 0;
              });
    } else {
      request(3);
    }
    assertThat(second.next().name()).isEqualTo("a.example");
  }

  @Test
  void filterThatIsAbsentAtStart_isConnectedToWhenItComes() throws IOException {
    connect(Way.UNIX_BOTH);
    router.expectNoMessage(Duration.ZERO);
    filter(Way.UNIX_BOTH, DatagramFilter.ACCEPT);
    expectConnection(true);
    request(1);
    assertThat(resumes(1)).hasSize(1);
  }

  @Test
  void requestsThatWaitWhileTheFilterRestarts_areSentToTheNewOne() throws IOException {
    DatagramFilter first = connected(Way.UNIX_BOTH, DatagramFilter.SILENT);
    first.close();
    await()
        .until(
            () -> {
              request(1);
              return service.counters().get(SuspensionCounter.CONNECTOR_BROKEN) > 0;
            });
    expectConnection(false);
    request(99);
    filter(Way.UNIX_BOTH, DatagramFilter.ACCEPT);
    assertThat(resumesUntil(key(99))).isNotEmpty();
  }

  @Test
  void node_removesItsFileWhenItEnds() throws IOException {
    connected(Way.UNIX_BOTH, DatagramFilter.ACCEPT);
    assertThat(Path.of(String.valueOf(receiveAt))).exists();
    kit.stop(connector);
    connector = null;
    assertThat(Path.of(String.valueOf(receiveAt))).doesNotExist();
  }

  private DatagramFilter connected(Way way, Function<Sent, List<String>> script)
      throws IOException {
    DatagramFilter filter = filter(way, script);
    connect(way);
    expectConnection(true);
    return filter;
  }

  private DatagramFilter filter(Way way, Function<Sent, List<String>> script) {
    assumeTrue(way == Way.UDP || Epoll.isAvailable(), "Unix datagram sockets need epoll");
    if (way == Way.UNIX_ABSTRACT) {
      sendTo = "@filter-" + directory;
      receiveAt = "@node-" + directory;
    } else if (way != Way.UNIX_BOTH) {
      receiveAt = null;
    }
    DatagramFilter filter =
        way == Way.UDP
            ? DatagramFilter.udp(port, script)
            : DatagramFilter.unix(sendTo, receiveAt, script);
    port = way == Way.UDP ? filter.port() : 0;
    filters.add(filter);
    return filter;
  }

  private void connect(Way way) throws IOException {
    ConnectorSettings.Datagram settings =
        way == Way.UDP
            ? new ConnectorSettings.Udp(new InetSocketAddress("127.0.0.1", port))
            : new ConnectorSettings.Unix(sendTo, receiveAt);
    FilterSettings of = service.settings();
    FilterSettings with =
        new FilterSettings(
            of.name(),
            of.asyncId(),
            of.timeout(),
            of.onTimeout(),
            of.onOverload(),
            of.onNoFilter(),
            of.maxSuspended(),
            of.maxPerClient(),
            of.maxQueued(),
            of.breaker(),
            settings);
    Map<Integer, Channel> receivers = ConnectorSockets.open(List.of(with), loops.get(0));
    connector =
        kit.spawn(
            DatagramConnector.create(
                service, settings, receivers.get(ASYNC_ID), loops.get(0), now::get, new Random()),
            DispatcherSelector.fromConfig(EventLoops.FIRST));
    tell(Connectors.serve(router.getRef()));
  }

  private void expectConnection(boolean up) {
    // The first may tell that the connector is still connecting.
    Connection connection;
    do {
      connection = router.expectMessageClass(Connection.class, Duration.ofSeconds(15));
      assertThat(connection.connector()).isEqualTo(connector);
    } while (connection.isUp() != up);
  }

  private void request(long queryId) {
    request(queryId, DnsMessages.query(1, "a.example", Type.A));
  }

  private void request(long queryId, byte[] message) {
    requests(List.of(filterRequest(queryId, message)));
  }

  private void requests(List<FilterRequest> requests) {
    tell(new FilterRequests(router.getRef(), sequence, requests));
    sequence += requests.size();
  }

  private void tell(ToInstance message) {
    assertThat(connector).isNotNull();
    connector.tell(message);
  }

  private static FilterRequest filterRequest(long queryId, byte[] message) {
    return new FilterRequest(
        key(queryId),
        Stage.QUERY,
        new InetSocketAddress("127.0.0.1", 40_000),
        Transport.UDP,
        Map.of(),
        message,
        TIMEOUT.toNanos() / 1_000);
  }

  private List<Resume> resumes(int n) {
    List<Resume> all = new ArrayList<>();
    while (all.size() < n) {
      all.addAll(router.expectMessageClass(Resumes.class, Duration.ofSeconds(15)).resumes());
    }
    return all;
  }

  private List<Resume> resumesUntil(SuspensionKey key) {
    List<Resume> all = new ArrayList<>();
    while (all.stream().noneMatch(resume -> resume.key().equals(key))) {
      ToRouter message = router.receiveMessage(Duration.ofSeconds(15));
      if (message instanceof Resumes resumes) {
        all.addAll(resumes.resumes());
      }
    }
    return all;
  }

  private void awaitCount(SuspensionCounter counter, long n) {
    await().untilAsserted(() -> assertThat(service.counters().get(counter)).isEqualTo(n));
  }

  private static int number(Sent sent) {
    return Integer.parseInt(sent.name().substring(1, sent.name().indexOf('.')));
  }

  private static SuspensionKey key(long queryId) {
    return new SuspensionKey(ASYNC_ID, queryId);
  }

  private static byte[] rest(byte[] message) {
    return Arrays.copyOfRange(message, 2, message.length);
  }
}
