// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.Query;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.Queries;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.node.zone.LocalData;
import io.anteroom.node.zone.LocalOutcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Message;
import org.xbill.DNS.Type;

/** Files of local data that change, or are wrong, while a node runs. */
final class LocalReloadTest {
  private static final String ZONE = "@ 60 SOA ns root 1 2 3 4 60\nwww 60 A ";

  private final Counters<Counter> counters = new Counters<>(Counter.class);
  @TempDir private Path directory;
  private Path hosts;
  private Path zone;

  @BeforeEach
  void write() throws IOException {
    hosts = Files.writeString(directory.resolve("hosts"), "192.0.2.1 www.example\n");
    zone = Files.writeString(directory.resolve("zone"), ZONE + "198.51.100.1\n");
  }

  private LocalData load(String more) throws Exception {
    String settings =
        """
        local { hosts = ["%s"], %s }
        zones = [ { origin = "zone.example", file = "%s" } ]
        """
            .formatted(hosts, more, zone);
    return LocalData.load(TestNode.configuration(settings).settings(), counters);
  }

  @Test
  void watch_fileIsWrittenOrReplaced_isReadAgain() throws Exception {
    try (LocalData local = load("watch = 10ms")) {
      local.startWatching();
      Files.writeString(hosts, "192.0.2.22 www.example\n");
      awaitAddress(local, "www.example", "192.0.2.22");
      Path next = Files.writeString(directory.resolve("next"), "192.0.2.33 www.example\n");
      Files.move(next, hosts, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
      awaitAddress(local, "www.example", "192.0.2.33");
      Files.writeString(zone, ZONE + "198.51.100.22\n");
      awaitAddress(local, "www.zone.example", "198.51.100.22");
      assertThat(counters.get(Counter.LOCAL_RELOADS_FAILED)).isZero();
    }
  }

  @Test
  void watch_badLine_keepsTheOldOneAndFailsOnce() throws Exception {
    try (LocalData local = load("watch = 10ms")) {
      local.startWatching();
      Files.writeString(hosts, "192.0.2.2 www.example other.example\nnonsense\n");
      await().until(() -> counters.get(Counter.LOCAL_RELOADS_FAILED) > 0);
      assertThat(address(local, "www.example")).isEqualTo("192.0.2.1");
      assertThat(local.find(Queries.forName("other.example"))).isEqualTo(LocalOutcome.NONE);
      Files.writeString(zone, ZONE + "198.51.100.22\n");
      awaitAddress(local, "www.zone.example", "198.51.100.22");
      assertThat(counters.get(Counter.LOCAL_RELOADS_FAILED)).as("at a later look").isEqualTo(1);
      Files.writeString(hosts, "192.0.2.3 www.example\n");
      awaitAddress(local, "www.example", "192.0.2.3");
    }
  }

  @Test
  void watch_fileGoesAndComesBack() throws Exception {
    try (LocalData local = load("watch = 10ms")) {
      local.startWatching();
      Files.delete(hosts);
      await().until(() -> counters.get(Counter.LOCAL_RELOADS_FAILED) == 1);
      assertThat(address(local, "www.example")).isEqualTo("192.0.2.1");
      Files.writeString(hosts, "192.0.2.4 www.example\n");
      awaitAddress(local, "www.example", "192.0.2.4");
    }
  }

  @Test
  void reload_good_saysNothing() throws Exception {
    LocalData local = load("watch = off");
    local.startWatching();
    Files.writeString(hosts, "192.0.2.5 www.example a.example\n");
    assertThat(address(local, "www.example")).isEqualTo("192.0.2.1");
    int before = local.size();
    assertThat(local.reload()).isEmpty();
    assertThat(address(local, "www.example")).isEqualTo("192.0.2.5");
    assertThat(local.size()).isEqualTo(before + 1);
    assertThat(counters.get(Counter.LOCAL_RELOADS)).isEqualTo(2);
  }

  @Test
  void reload_bad_saysWhatIsWrongWithEach() throws Exception {
    LocalData local = load("watch = off");
    Files.writeString(hosts, "192.0.2.5 www.example\n192.0.2.5\n");
    Files.writeString(zone, "nonsense here\n");
    List<String> wrong = local.reload();
    assertThat(wrong).hasSize(2);
    assertThat(wrong.get(0)).isEqualTo(hosts + ":2: has no name behind 192.0.2.5");
    assertThat(wrong.get(1)).startsWith(zone + ":1: ");
    assertThat(address(local, "www.example")).isEqualTo("192.0.2.1");
    assertThat(address(local, "www.zone.example")).isEqualTo("198.51.100.1");
  }

  @Test
  void reload_newServer_isRefusedUntilTheNextStart() throws Exception {
    Files.writeString(hosts, "NS 192.0.2.53 a.example\n");
    LocalData local = load("watch = off");
    assertThat(local.pools()).containsOnlyKeys("ns:192.0.2.53:53");
    assertThat(local.find(Queries.forName("a.example")))
        .isEqualTo(new LocalOutcome.Route("ns:192.0.2.53:53"));
    Files.writeString(hosts, "NS 192.0.2.53:53 b.example\n");
    assertThat(local.reload()).isEmpty();
    Files.writeString(hosts, "NS 192.0.2.53 b.example\nNS 192.0.2.54 b.example\n");
    assertThat(local.reload()).singleElement().asString().contains("192.0.2.54 is new");
    assertThat(local.find(Queries.forName("b.example"))).isInstanceOf(LocalOutcome.Route.class);
  }

  @Test
  void load_serverThatIsTheNodeItself_isRefused() throws Exception {
    Files.writeString(hosts, "NS [2001:db8::53] a.example\nNS 127.0.0.1:5399 b.example\n");
    assertThatThrownBy(
            () ->
                LocalData.load(
                    TestNode.configuration(
                            """
                            listeners = [ { transport = udp, address = "127.0.0.1:5399" } ]
                            local.hosts = ["%s"]
                            """
                                .formatted(hosts))
                        .settings(),
                    counters))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(hosts + ":2: NS: 127.0.0.1:5399 is neither")
        .hasMessageEndingWith("is one of this node's own listeners");
  }

  @Test
  void load_zoneInAnotherEncoding_isNamed() throws Exception {
    Files.write(zone, new byte[] {'@', '\n', (byte) 0xe4, '\n'});
    assertThatThrownBy(() -> load("watch = off")).hasMessageEndingWith(zone + ":2: is not UTF-8");
  }

  @Test
  @Timeout(30)
  void load_zoneThatIncludesItself_isNamed_andWatchingGoesOn() throws Exception {
    Files.writeString(zone, ZONE + "198.51.100.1\n$INCLUDE zone\n");
    assertThatThrownBy(() -> load("watch = off"))
        .hasMessageEndingWith("$INCLUDE zone: the file includes itself");

    Files.writeString(zone, ZONE + "198.51.100.1\n");
    try (LocalData data = load("watch = 10ms")) {
      data.startWatching();
      Files.writeString(zone, ZONE + "198.51.100.1\n$INCLUDE zone\n");
      await().until(() -> counters.get(Counter.LOCAL_RELOADS_FAILED) == 1);
      assertThat(data.reload()).singleElement().asString().contains("includes itself");
      Files.writeString(zone, ZONE + "198.51.100.77\n");
      await().until(() -> counters.get(Counter.LOCAL_RELOADS) > 0);
    }
  }

  @Test
  void node_changesItsAnswers() throws Exception {
    String settings =
        "local { hosts = [\"%s\"], watch = 10ms }\nupstreams.default.servers = [\"127.0.0.1:1\"]";
    try (TestNode node = TestNode.start(settings.formatted(hosts), Map.of());
        UdpClient client = node.udp()) {
      byte[] query = DnsMessages.query(1, "www.example", Type.A);
      assertThat(addresses(client.ask(query))).containsExactly("192.0.2.1");
      Files.writeString(hosts, "192.0.2.6 www.example\n");
      await()
          .untilAsserted(
              () -> assertThat(addresses(client.ask(query))).containsExactly("192.0.2.6"));
    }
  }

  private static void awaitAddress(LocalData local, String name, String expected) {
    await().untilAsserted(() -> assertThat(address(local, name)).isEqualTo(expected));
  }

  private static String address(LocalData local, String name) {
    Query query = Queries.forName(name);
    LocalOutcome.Answer answer = (LocalOutcome.Answer) local.find(query);
    return addresses(DnsMessages.parse(answer.message())).get(0);
  }

  private static List<String> addresses(Message answer) {
    return DnsMessages.addresses(answer).stream().map(a -> a.getHostAddress()).toList();
  }
}
