// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.live.ConfigReloader.Reloaded;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.Dig;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.ParkingFilter;
import io.anteroom.node.testing.QueryLoad;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TcpClient;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** A node whose configuration is loaded again while it runs. */
final class ReloadTest {
  private static final int MANY = 10_000;

  private static final String JUDGE =
      "filters.judge { async-id = 1, timeout = 60s, on-timeout = refuse, max-per-client = 20000 }\n";
  private static final String ASKS =
      "rules.query = [{ name = ask, match { suffix = [example] }, action { suspend = judge } }]\n";

  private static final String NOT_SPECIAL = "special-names = off\n";

  @TempDir private Path directory;
  private final ScriptedServer upstream = ScriptedServer.start(Asked::answer);
  private final TestFilter filter = new TestFilter();
  private Path file;

  @BeforeEach
  void name_file() {
    file = directory.resolve("node.conf");
  }

  @AfterEach
  void close() {
    upstream.close();
  }

  private String upstream() {
    return upstream("default");
  }

  private String upstream(String pool) {
    return "upstreams.%s.servers = [\"127.0.0.1:%d\"]\n"
        .formatted(pool, upstream.address().getPort());
  }

  private TestNode start(String settings) {
    TestNode.write(file, settings);
    return TestNode.start(file, Map.of("judge", filter));
  }

  private Reloaded reload(TestNode node, String settings) throws Exception {
    TestNode.write(file, settings);
    return reload(node);
  }

  private static Reloaded reload(TestNode node) throws Exception {
    return node.node().reload().toCompletableFuture().get(2, TimeUnit.MINUTES);
  }

  private static int rcode(DnsClient client, String name) {
    return client.ask(query(7, name, Type.A)).getRcode();
  }

  /** Whoever adds a setting says here whether a reload changes it, and sees to it that it does. */
  @Test
  void settings_areAllEitherFixedOrChangedByAReload() {
    assertThat(NodeSettings.class.getRecordComponents())
        .extracting(component -> component.getName())
        .containsExactlyInAnyOrder(
            // FixedSettings
            "listeners",
            "cluster",
            "admin",
            "embeddedBlocklist",
            "loops",
            "maxSuspendedBytes",
            "cookies",
            // Read when a node starts, and never again
            "startWithin",
            "data",
            // ConfigReloader
            "acl",
            "upstreams",
            "filters",
            "policies",
            "zones",
            "local",
            "cacheBytes",
            "verdictCacheBytes",
            "responseLimit",
            "blocks",
            "ddr",
            "drain");
  }

  @Test
  void rules_afterReload_areTheNewOnes_andCountOn() throws Exception {
    String drop = "{ name = no, match { suffix = [b.dept] }, action { rcode = refused } }";
    String first = "rules.query = [ " + drop + " ]\n";
    String second =
        "rules.query = [ { name = new, match { suffix = [a.dept] }, action { rcode = notimp } }, "
            + drop
            + " ]\n";
    try (TestNode node = start(JUDGE + upstream() + first);
        UdpClient client = node.udp()) {
      assertThat(rcode(client, "b.dept")).isEqualTo(Rcode.REFUSED);
      assertThat(rcode(client, "www.a.dept")).isEqualTo(Rcode.NOERROR);

      assertThat(reload(node, JUDGE + upstream() + second).errors()).isEmpty();

      assertThat(rcode(client, "www.a.dept")).isEqualTo(Rcode.NOTIMP);
      assertThat(rcode(client, "b.dept")).isEqualTo(Rcode.REFUSED);
      assertThat(node.node().rules().of(io.anteroom.protocol.Stage.QUERY).rules())
          .extracting(rule -> rule.name() + " " + rule.hits())
          .containsExactly("new 1", "no 2");
    }
  }

  @Test
  void suspendedQuery_goesOnUnderTheRulesThatItBeganWith() throws Exception {
    String then = "{ name = after, match = all, action { rcode = notimp } }";
    String rules = ASKS.replace("]\n", ", " + then + "]\n");
    try (TestNode node = start(JUDGE + upstream() + rules);
        UdpClient client = node.udp()) {
      byte[] before = query(1, "before.example", Type.A);
      client.send(before);
      TestFilter.Held held = filter.next();
      assertThat(reload(node, JUDGE + upstream()).errors()).isEmpty();
      assertThat(rcode(client, "other.example")).isEqualTo(Rcode.NOERROR);

      held.decide(Verdict.proceed());

      assertThat(client.receiveAnswerTo(before).getRcode()).isEqualTo(Rcode.NOTIMP);
    }
  }

  @Test
  void tenThousandSuspended_throughManyReloads_areAllAnsweredOnce() throws Exception {
    ParkingFilter parking = new ParkingFilter(Verdict.rcode(Rcode.NXDOMAIN));
    String asks = ASKS.replace("suffix = [example]", "regex = \"^parked\"") + NOT_SPECIAL;
    TestNode.write(file, JUDGE + upstream() + asks);
    try (TestNode node = TestNode.start(file, Map.of("judge", parking));
        QueryLoad parked = new QueryLoad(node.address(Transport.UDP), "parked");
        QueryLoad running = new QueryLoad(node.address(Transport.UDP), "running")) {
      for (int i = 0; i < MANY; i++) {
        parked.ask();
        if (i % 500 == 499) {
          int asked = i + 1;
          await().atMost(Dig.PATIENCE).until(() -> parking.waiting() == asked);
        }
      }
      for (int i = 0; i < 10; i++) {
        String other = "rules.response = [{ name = r%d, match = all, action = continue }]\n";
        String pool = "upstreams.default.tries = " + (1 + i % 3) + "\n";
        var reloading = node.node().reload();
        for (int j = 0; j < 200; j++) {
          running.askNext();
        }
        assertThat(reloading.toCompletableFuture().get(2, TimeUnit.MINUTES).errors()).isEmpty();
        TestNode.write(file, JUDGE + upstream() + asks + other.formatted(i) + pool);
      }
      assertThat(parking.waiting()).isEqualTo(MANY);
      while (parking.waiting() > 0) {
        int left = parking.waiting();
        parking.release(200);
        await()
            .atMost(Dig.PATIENCE)
            .until(() -> parked.received() >= MANY - Math.max(0, left - 200));
      }
      await().atMost(Dig.PATIENCE).until(() -> running.received() == running.sent());

      assertThat(parked.results()).containsOnlyKeys("NXDOMAIN");
      assertThat(running.results()).containsOnlyKeys("NOERROR");
      assertThat(node.count(1, SuspensionCounter.RESUMED)).isEqualTo(MANY);
      assertThat(node.count(Counter.POOL_GONE)).isZero();
      node.assertAtRest();
    }
  }

  @Test
  void failedReload_leavesAllAsItWas_andTellsFileLineAndKey() throws Exception {
    String refuse = "rules.query = [{ name = x, match = all, action { rcode = refused } }]\n";
    try (TestNode node = start(JUDGE + upstream() + refuse);
        UdpClient client = node.udp()) {
      Reloaded failed =
          reload(
              node,
              JUDGE
                  + "acl = [\"10.0.0.0/40\"]\n"
                  + "rules.query = [{ match = all, action { rcode = wrong } }]\n"
                  + "zones = 3\n");

      String acl = at("acl =") + "anteroom.acl[0]: ";
      String rcode = at("wrong") + "anteroom.rules.query[0].action.rcode: ";
      String zones = at("zones =") + "anteroom.zones: ";
      assertThat(failed.success()).isFalse();
      assertThat(failed.errors())
          .anyMatch(e -> e.startsWith(acl))
          .anyMatch(e -> e.startsWith(rcode))
          .anyMatch(e -> e.startsWith(zones));
      assertThat(rcode(client, "a.dept")).isEqualTo(Rcode.REFUSED);
    }
  }

  @Test
  void change_thatNeedsARestart_refusesTheReloadAsAWhole() throws Exception {
    try (TestNode node = start(JUDGE + upstream());
        UdpClient client = node.udp()) {
      Reloaded failed =
          reload(
              node,
              """
              filters.judge { async-id = 2 }
              filters.other { async-id = 3, connector { transport = udp, send-to = "127.0.0.1:9" } }
              loops = 1
              cluster.port = 4711
              listeners = [ { transport = udp, address = "127.0.0.1:5399" } ]
              rules.query = [{ match = all, action { rcode = refused } }]
              """);

      String restart = "has changed, which needs a restart";
      assertThat(failed.errors())
          .contains(
              at("filters.judge") + "anteroom.filters.judge.async-id: " + restart,
              at("filters.other") + "anteroom.filters.other.connector: " + restart,
              at("loops = 1") + "anteroom.loops: " + restart,
              at("127.0.0.1:5399") + "anteroom.listeners: " + restart)
          .anyMatch(e -> e.endsWith("anteroom.cluster: " + restart));
      assertThat(rcode(client, "a.dept")).isEqualTo(Rcode.NOERROR);
    }
  }

  @Test
  void fileThatHasGone_refusesTheReload() throws Exception {
    try (TestNode node = start(JUDGE + upstream())) {
      Files.delete(file);

      assertThat(reload(node).errors()).containsExactly(file + ": no such file");
    }
  }

  @Test
  void nodeWithoutAFile_saysSo() throws Exception {
    try (TestNode node = TestNode.start("", Map.of())) {
      assertThat(reload(node).errors())
          .containsExactly(
              "the node was started without --config, so there is no file to load again");
    }
  }

  @Test
  void acl_changes_andConnectionsStayOpen() throws Exception {
    try (TestNode node = start(JUDGE + upstream());
        UdpClient client = node.udp();
        TcpClient connection = node.tcp()) {
      assertThat(rcode(connection, "a.dept")).isEqualTo(Rcode.NOERROR);

      assertThat(reload(node, JUDGE + upstream() + "acl = [\"192.0.2.1\"]\n").errors()).isEmpty();
      client.send(query(1, "b.dept", Type.A));
      node.awaitCount(Counter.ACL_DROPPED, 1);

      assertThat(rcode(connection, "c.dept")).isEqualTo(Rcode.NOERROR);
    }
  }

  @Test
  void cache_outlivesAReload() throws Exception {
    try (TestNode node = start(JUDGE + upstream());
        UdpClient client = node.udp()) {
      assertThat(rcode(client, "kept.dept")).isEqualTo(Rcode.NOERROR);

      assertThat(reload(node, JUDGE + upstream() + "cache.max-bytes = 1MiB\n").errors()).isEmpty();
      assertThat(rcode(client, "kept.dept")).isEqualTo(Rcode.NOERROR);

      assertThat(node.count(Counter.CACHE_HITS)).isEqualTo(1);
      assertThat(upstream.queries()).hasSize(1);
    }
  }

  @Test
  void pool_thatIsNew_isAsked_andOneThatHasGoneIsServfail() throws Exception {
    String other = "rules.query = [{ name = p, match = all, action { pool = other } }]\n";
    String first =
        JUDGE
            + upstream("other")
            + "rules.query = [{ match = all, action { suspend = judge } }, "
            + "{ match = all, action { pool = other } }]\n"
            + "upstreams.default.servers = []\n";
    try (TestNode node = start(first);
        UdpClient client = node.udp()) {
      byte[] late = query(1, "late.dept", Type.A);
      client.send(late);
      TestFilter.Held held = filter.next();
      assertThat(reload(node, JUDGE + upstream()).errors()).isEmpty();
      assertThat(rcode(client, "a.dept")).isEqualTo(Rcode.NOERROR);

      held.decide(Verdict.proceed());

      assertThat(client.receiveAnswerTo(late).getRcode()).isEqualTo(Rcode.SERVFAIL);
      assertThat(node.count(Counter.POOL_GONE)).isEqualTo(1);
      assertThat(reload(node, JUDGE + upstream("other") + other).errors()).isEmpty();
      assertThat(rcode(client, "b.dept")).isEqualTo(Rcode.NOERROR);
    }
  }

  @Test
  void servers_andSettingsOfAPool_change() throws Exception {
    try (TestNode node = start(JUDGE + "upstreams.default.servers = []\n");
        UdpClient client = node.udp()) {
      assertThat(rcode(client, "a.dept")).isEqualTo(Rcode.SERVFAIL);

      assertThat(reload(node, JUDGE + upstream()).errors()).isEmpty();
      assertThat(rcode(client, "b.dept")).isEqualTo(Rcode.NOERROR);

      String tcp = "upstreams.default.flags = [use-vc]\n";
      assertThat(reload(node, JUDGE + upstream() + tcp).errors()).isEmpty();
      assertThat(rcode(client, "c.dept")).isEqualTo(Rcode.NOERROR);
      assertThat(upstream.queries()).extracting(Asked::tcp).containsExactly(false, true);
    }
  }

  @Test
  void filterService_settingsChange_oneIsAdded_andOneTakenAway() throws Exception {
    String rules = "rules.query = [{ match { suffix = [%s] }, action { suspend = %s } }]\n";
    try (TestNode node = start(JUDGE + upstream() + rules.formatted("example", "judge"));
        UdpClient client = node.udp()) {
      byte[] first = query(1, "first.example", Type.A);
      client.send(first);
      TestFilter.Held held = filter.next();
      String next =
          "filters.fresh { async-id = 9, on-no-filter = nxdomain }\n"
              + rules.formatted("example", "fresh");
      assertThat(reload(node, upstream() + next).errors()).isEmpty();
      assertThat(rcode(client, "second.example")).isEqualTo(Rcode.NXDOMAIN);

      held.decide(Verdict.rcode(Rcode.NOTIMP));
      assertThat(client.receiveAnswerTo(first).getRcode()).isEqualTo(Rcode.NOTIMP);

      String brief = JUDGE.replace("60s", "50ms") + rules.formatted("example", "judge");
      assertThat(reload(node, upstream() + brief).errors()).isEmpty();
      assertThat(rcode(client, "third.example")).isEqualTo(Rcode.REFUSED);
      assertThat(node.count(1, SuspensionCounter.TIMED_OUT)).isEqualTo(1);
      node.assertAtRest();
    }
  }

  @Test
  void localData_ofTheNewFile_isAnswered_andABadZoneRefusesTheReload() throws Exception {
    try (TestNode node = start(JUDGE + upstream());
        UdpClient client = node.udp()) {
      String zones = "zones = [ { origin = \"anteroom.test\" } ]\n";
      assertThat(reload(node, JUDGE + upstream() + zones).errors()).isEmpty();
      assertThat(DnsMessages.addresses(client.ask(query(1, "www.anteroom.test", Type.A))))
          .extracting(address -> address.getHostAddress())
          .containsExactly("192.0.2.80");

      Path bad = write("bad.zone", "corp.test. 60 IN A not-an-address\n");
      String worse = "zones = [ { origin = \"corp.test\", file = \"bad.zone\" } ]\n";
      assertThat(reload(node, JUDGE + upstream() + worse).errors())
          .singleElement()
          .asString()
          .startsWith(bad.toString());
      assertThat(DnsMessages.addresses(client.ask(query(2, "www.anteroom.test", Type.A))))
          .hasSize(1);
    }
  }

  /** What begins an error at the first line of the file with this text. */
  private String at(String text) throws IOException {
    List<String> lines = Files.readAllLines(file);
    int line = 1;
    while (!lines.get(line - 1).contains(text)) {
      line++;
    }
    return file + ":" + line + ": ";
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }
}
