// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.anteroom.node.filter.FilterService;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.DatagramFilter;
import io.anteroom.node.testing.DatagramFilter.Sent;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.netty.channel.epoll.Epoll;
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
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Filters that are no members decide about a client's queries, or do not. */
final class ConnectorTest {
  private static final int UNIX = 1;
  private static final int UDP = 2;
  private static final int RESTARTS = 3;
  private static final int BREAKS = 4;
  private static final int HOLDS = 5;

  @TempDir private static Path directory;
  private static DatagramFilter unix;
  private static DatagramFilter udp;
  private static DatagramFilter restarts;
  private static DatagramFilter breaks;
  private static DatagramFilter holds;
  private static DatagramFilter hasty;
  private static TestNode node;

  @BeforeAll
  static void start() {
    assumeTrue(Epoll.isAvailable(), "Unix datagram sockets need epoll");
    unix = DatagramFilter.unix(path("unix"), path("unix-node"), ConnectorTest::byName);
    udp = DatagramFilter.udp(0, ConnectorTest::byName);
    restarts = DatagramFilter.unix(path("restarts"), null, DatagramFilter.ACCEPT);
    breaks = DatagramFilter.unix(path("breaks"), null, DatagramFilter.SILENT);
    holds = DatagramFilter.unix(path("holds"), null, DatagramFilter.SILENT);
    hasty = DatagramFilter.unix(path("hasty"), null, ConnectorTest::byName);
    node =
        TestNode.start(
            """
            upstreams.default.servers = []
            zones = [ { origin = "anteroom.test" } ]
            max-suspended-bytes = 1MiB
            filters.unix {
              async-id = 1, timeout = 20s
              connector { transport = unix, send-to = "%1$s/unix", receive-at = "%1$s/unix-node" }
            }
            filters.udp {
              async-id = 2, timeout = 20s
              connector { transport = udp, send-to = "127.0.0.1:%2$d" }
            }
            filters.restarts {
              async-id = 3, timeout = 2s, on-timeout = servfail, on-no-filter = refuse
              connector { transport = unix, send-to = "%1$s/restarts" }
            }
            filters.breaks {
              async-id = 4, timeout = 50ms, on-timeout = servfail
              breaker { ratio = 0.5, at-least = 5, window = 1m, probe-every = 300ms }
              connector { transport = unix, send-to = "%1$s/breaks" }
            }
            filters.holds {
              async-id = 5, timeout = 1m, on-overload = refuse, max-per-client = 10000
              connector { transport = unix, send-to = "%1$s/holds" }
            }
            filters.hasty {
              async-id = 6, timeout = 100ms, on-timeout = servfail, breaker = off
              connector { transport = unix, send-to = "%1$s/hasty" }
            }
            rules.query = [
              { match { suffix = ["unix.wild.anteroom.test"] }, action { suspend = unix } }
              { match { suffix = ["udp.wild.anteroom.test"] }, action { suspend = udp } }
              { match { suffix = ["restarts.wild.anteroom.test"] }, action { suspend = restarts } }
              { match { suffix = ["breaks.wild.anteroom.test"] }, action { suspend = breaks } }
              { match { suffix = ["hasty.wild.anteroom.test"] }, action { suspend = hasty } }
              { match { suffix = ["holds.wild.anteroom.test"] }, action { suspend = holds } }
            ]
            """
                .formatted(directory, udp.port()),
            Map.of());
    for (FilterService service : node.node().services().values()) {
      await().until(service::isAvailable);
    }
  }

  private static String path(String name) {
    return directory.resolve(name).toString();
  }

  /** The first label says what it decides; others it leaves to their timeout. */
  private static List<String> byName(Sent sent) {
    String label = sent.name().substring(0, sent.name().indexOf('.'));
    return switch (label) {
      case "bare" -> List.of("" + sent.id());
      case "accept", "refuse", "drop" -> List.of(sent.id() + " " + label + "\n");
      case "nxdomain" -> List.of(sent.id() + " RCODE 3\0");
      case "garbage" -> List.of(sent.id() + " what", "\u00ff");
      case "twice" -> List.of(sent.id() + " accept", sent.id() + " refuse");
      default -> List.of();
    };
  }

  @AfterAll
  static void stop() {
    if (node != null) {
      node.close();
      List.of(unix, udp, restarts, breaks, holds, hasty).forEach(DatagramFilter::close);
    }
  }

  @AfterEach
  void allHasEnded() {
    node.assertAtRest();
  }

  @ParameterizedTest
  @CsvSource({"bare, 0, 1", "accept, 0, 1", "refuse, 5, 0", "nxdomain, 3, 0", "twice, 0, 1"})
  void verdict_decides(String label, int rcode, int answers) {
    for (String service : List.of("unix", "udp")) {
      try (UdpClient client = node.udp()) {
        Message answer = client.ask(query(7, name(label, service), Type.A));
        assertThat(answer.getRcode()).as("%s over %s", label, service).isEqualTo(rcode);
        assertThat(DnsMessages.addresses(answer)).hasSize(answers);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"garbage", "silent"})
  void withoutVerdict_theTimeoutDecides(String label) {
    try (UdpClient client = node.udp()) {
      Message answer = client.ask(query(7, name(label, "hasty"), Type.A));
      assertThat(answer.getRcode()).isEqualTo(Rcode.SERVFAIL);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {UNIX, UDP})
  void drop_leavesTheClientWithoutAnswer(int asyncId) {
    long before = node.count(asyncId, SuspensionCounter.DROPPED);
    long dropped = node.count(Counter.DROPPED);
    try (UdpClient client = node.udp()) {
      client.send(query(7, name("drop", asyncId == UNIX ? "unix" : "udp"), Type.A));
      node.awaitCount(asyncId, SuspensionCounter.DROPPED, before + 1);
      node.awaitCount(Counter.DROPPED, dropped + 1);
    }
  }

  @Test
  void restartOfTheFilter_costsWhatWasUnderWay_andThenItDecidesAgain() {
    try (UdpClient client = node.udp()) {
      byte[] query = query(7, name("a", "restarts"), Type.A);
      assertThat(client.ask(query).getRcode()).isEqualTo(Rcode.NOERROR);
      restarts.close();
      // That there is nobody shows when something is sent; its policy is on-timeout.
      assertThat(client.ask(query).getRcode()).isEqualTo(Rcode.SERVFAIL);
      assertThat(client.ask(query).getRcode()).isEqualTo(Rcode.REFUSED);
      restarts = DatagramFilter.unix(path("restarts"), null, DatagramFilter.ACCEPT);
      await().until(() -> node.node().services().get(RESTARTS).isAvailable());
      assertThat(client.ask(query).getRcode()).isEqualTo(Rcode.NOERROR);
    }
  }

  @Test
  void breaker_opensWhenTheFilterTimesOut_andClosesWhenItDecidesAgain() {
    FilterService service = node.node().services().get(BREAKS);
    try (UdpClient client = node.udp()) {
      byte[] query = query(7, name("a", "breaks"), Type.A);
      for (int i = 0; i < 5; i++) {
        assertThat(service.breaker().isOpen()).isFalse();
        assertThat(client.ask(query).getRcode()).isEqualTo(Rcode.SERVFAIL);
      }
      assertThat(service.breaker().isOpen()).isTrue();
      await()
          .pollInterval(Duration.ofMillis(10))
          .untilAsserted(
              () -> {
                assertThat(client.ask(query).getRcode()).isEqualTo(Rcode.SERVFAIL);
                assertThat(node.count(BREAKS, SuspensionCounter.REFUSED_BREAKER)).isPositive();
              });
      breaks.play(DatagramFilter.ACCEPT);
      await().until(() -> client.ask(query).getRcode() == Rcode.NOERROR);
      assertThat(service.breaker().isOpen()).isFalse();
    }
  }

  @Test
  void memoryThatIsTaken_givesOnOverload_andIsFreeAgainAtTheEnd() {
    int n = 600;
    try (UdpClient client = node.udp()) {
      for (int i = 0; i < n; i++) {
        client.send(query(i, name("n" + (1_000 + i), "holds"), Type.A));
      }
      await()
          .untilAsserted(
              () -> assertThat(node.count(HOLDS, SuspensionCounter.REQUESTED)).isEqualTo(n));
      int accepted = (int) node.count(HOLDS, SuspensionCounter.ACCEPTED);
      assertThat(accepted).isBetween(100, n - 1);
      assertThat(node.count(HOLDS, SuspensionCounter.REFUSED_MEMORY)).isEqualTo(n - accepted);
      for (int i = 0; i < accepted; i++) {
        holds.say("" + holds.next().id());
      }
      List<Integer> rcodes = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        rcodes.add(DnsMessages.parse(client.receive()).getRcode());
      }
      assertThat(rcodes).filteredOn(rcode -> rcode == Rcode.NOERROR).hasSize(accepted);
      assertThat(rcodes).filteredOn(rcode -> rcode == Rcode.REFUSED).hasSize(n - accepted);
      holds.play(DatagramFilter.ACCEPT);
      byte[] query = query(7, name("another", "holds"), Type.A);
      assertThat(client.ask(query).getRcode()).isEqualTo(Rcode.NOERROR);
    }
  }

  private static String name(String label, String service) {
    return label + "." + service + ".wild.anteroom.test";
  }
}
