// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.dnsdist.DnsdistConfiguration;
import io.anteroom.node.policy.Extension;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.FreePorts;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TcpClient;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * The files in {@code deploy/examples/dnsdist}, run as they are, except for their ports, servers
 * and paths: once themselves, and once as what {@code import} makes of them.
 */
final class DnsdistExamplesTest {
  private static final Path EXAMPLES = Path.of("..", "deploy", "examples", "dnsdist");
  private static final Path LIST = Path.of("..", "deploy", "examples", "blocklist.txt");
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** How a file becomes the configuration of a node. */
  enum By {
    RUN,
    IMPORT
  }

  @TempDir private Path directory;
  private final List<AutoCloseable> open = new ArrayList<>();
  private final AtomicInteger ids = new AtomicInteger();
  private TestNode node;

  @AfterEach
  void close() throws Exception {
    if (node != null) {
      node.close();
    }
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private ScriptedServer server() {
    ScriptedServer server = ScriptedServer.start(Asked::answer);
    open.add(server);
    return server;
  }

  private static String text(ScriptedServer server) {
    return "127.0.0.1:" + server.address().getPort();
  }

  /** Starts a node with an example; {@code texts} are pairs to be replaced. */
  private void start(By by, String name, String... texts) throws Exception {
    String text = Files.readString(EXAMPLES.resolve(name));
    for (int i = 0; i < texts.length; i += 2) {
      assertThat(text).contains(texts[i]);
      text = text.replace(texts[i], texts[i + 1]);
    }
    int port = FreePorts.inARow(3);
    Path file = directory.resolve(name);
    Files.writeString(
        file,
        text.replace(":5300", ":" + port)
            .replace(":5199", ":" + (port + 1))
            .replace(":8083", ":" + (port + 2)));
    node = TestNode.start(by == By.RUN ? run(file) : imported(file));
  }

  private static NodeConfiguration run(Path file) throws Exception {
    return NodeConfiguration.dnsdist(file, List.of());
  }

  private NodeConfiguration imported(Path file) throws Exception {
    String text = DnsdistConfiguration.translate(file).text();
    String own = text.contains("  admin {") ? "cluster.port = 0" : "cluster.port = 0, admin = off";
    return NodeConfiguration.parse(
        "imported",
        text.replaceFirst("(?m)^anteroom \\{", "anteroom { " + own),
        directory,
        Extension.NONE);
  }

  private byte[] question(String name, int type) {
    return query(ids.incrementAndGet() & 0xffff, name, type);
  }

  private Message ask(String from, String name, int type) {
    try (UdpClient client = new UdpClient(from, node.address(Transport.UDP))) {
      return client.ask(question(name, type));
    }
  }

  private Message ask(String name, int type) {
    return ask("127.0.0.1", name, type);
  }

  private int rcode(String from, String name) {
    return ask(from, name, Type.A).getRcode();
  }

  private static List<String> addresses(Message answer) {
    return DnsMessages.addresses(answer).stream().map(InetAddress::getHostAddress).toList();
  }

  private void assertAnswered(String from, String name) {
    assertThat(addresses(ask(from, name, Type.A)))
        .containsExactly(Asked.addressOf(name).getHostAddress());
  }

  @ParameterizedTest
  @EnumSource
  void blocklist_blocksNamesAndThoseBelowThem(By by) throws Exception {
    ScriptedServer first = server();
    ScriptedServer second = server();
    Path list = directory.resolve("list.txt");
    Files.writeString(list, Files.readString(LIST) + "ads.example # and all below\n");
    start(
        by,
        "blocklist.conf",
        "deploy/examples/blocklist.txt",
        list.toString(),
        "\"9.9.9.9\"",
        "\"" + text(first) + "\"",
        "\"1.1.1.1\"",
        "\"" + text(second) + "\"");

    assertAnswered("127.0.0.1", "www.example");
    assertThat(rcode("127.0.0.1", "ads.example")).isEqualTo(Rcode.NXDOMAIN);
    assertThat(rcode("127.0.0.1", "www.ADS.example")).isEqualTo(Rcode.NXDOMAIN);
    assertThat(rcode("127.0.0.1", "blocked.anteroom.test")).isEqualTo(Rcode.NXDOMAIN);
    assertAnswered("127.0.0.1", "xads.example");
    assertAnswered("127.0.0.1", "good.ads.example");
    assertThat(second.queries("www.example")).isEmpty();
    assertThat(first.queries("www.ads.example")).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void blocklist_answersInPlaceOfServers(By by) throws Exception {
    ScriptedServer first = server();
    start(
        by,
        "blocklist.conf",
        "deploy/examples/blocklist.txt",
        LIST.toAbsolutePath().toString(),
        "\"9.9.9.9\"",
        "\"" + text(first) + "\"",
        "\"1.1.1.1\"",
        "\"" + text(server()) + "\"");

    assertThat(addresses(ask("telemetry.example", Type.A))).containsExactly("192.0.2.80");
    assertThat(addresses(ask("www.telemetry.example", Type.AAAA)))
        .containsExactly("2001:db8:0:0:0:0:0:80");
    assertThat(ask("telemetry.example", Type.TXT).getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(first.queries("telemetry.example")).extracting(Asked::type).containsOnly(Type.TXT);
    assertThat(ask("search.example", Type.A).getSection(Section.ANSWER).get(0).getType())
        .isEqualTo(Type.CNAME);
    assertThat(addresses(ask("search.example", Type.A)))
        .containsExactly(Asked.addressOf("safe.search.example").getHostAddress());
    Message https = ask("www.example", Type.HTTPS);
    assertThat(https.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(https.getSection(Section.ANSWER)).isEmpty();
    assertThat(first.queries("www.example")).isEmpty();
    assertAnswered("127.0.0.1", "cached.example");
    assertAnswered("127.0.0.2", "cached.example");
    assertThat(first.queries("cached.example")).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource
  void pools_areChosenByClientAndName(By by) throws Exception {
    ScriptedServer everybody = server();
    ScriptedServer family = server();
    ScriptedServer internal = server();
    ScriptedServer second = server();
    start(
        by,
        "pools.conf",
        "9.9.9.9",
        text(everybody),
        "1.1.1.3",
        text(family),
        "10.0.0.53",
        text(internal),
        "10.0.1.53",
        text(second));

    assertAnswered("127.0.0.1", "www.example");
    assertAnswered("127.0.0.7", "www.example");
    assertThat(everybody.queries("www.example")).hasSize(1);
    assertThat(family.queries("www.example")).hasSize(1);
    assertAnswered("127.0.0.1", "games.example");
    Message games = ask("127.0.0.7", "chess.games.example", Type.A);
    assertThat(games.getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(games.getSection(Section.AUTHORITY).get(0)).isInstanceOf(SOARecord.class);
    assertAnswered("127.0.0.1", "www.corp.example");
    assertAnswered("127.0.0.7", "www.corp.example");
    assertThat(rcode("127.0.0.8", "www.corp.example")).isEqualTo(Rcode.REFUSED);
    assertThat(internal.queries("www.corp.example")).as("no cache there").hasSize(2);
    assertThat(second.queries()).isEmpty();
    assertAnswered("127.0.0.8", "guest.example");
    assertThat(everybody.queries("guest.example")).hasSize(1);
  }

  @Test
  void reload_isRefusedByNameOfTheFile() throws Exception {
    start(By.RUN, "pools.conf", "9.9.9.9", text(server()));

    assertThat(node.node().reload().toCompletableFuture().get(2, TimeUnit.MINUTES).errors())
        .singleElement()
        .satisfies(
            line -> assertThat(line).contains("pools.conf is a dnsdist file", "restart the node"));
    assertAnswered("127.0.0.1", "www.example");
  }

  private void startRates(By by, ScriptedServer server) throws Exception {
    start(by, "rates.conf", "192.0.2.53", text(server), "192.0.2.54", text(server()));
  }

  @ParameterizedTest
  @EnumSource
  void rates_clientThatAsksTooFast_isRefused(By by) throws Exception {
    startRates(by, server());

    InetSocketAddress address = node.address(Transport.UDP);
    try (UdpClient client = new UdpClient("127.0.0.2", address);
        UdpClient other = new UdpClient("127.0.0.3", address)) {
      await()
          .atMost(PATIENCE)
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofNanos(1))
          .until(() -> client.ask(question("www.example", Type.A)).getRcode() == Rcode.REFUSED);
      assertThat(other.ask(question("www.example", Type.A)).getRcode()).isEqualTo(Rcode.NOERROR);
      for (int i = 0; i < 100; i++) {
        assertThat(client.ask(question("status.example", Type.A)).getRcode())
            .isEqualTo(Rcode.NOERROR);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void rates_largeAnswers_comeOverTcp(By by) throws Exception {
    startRates(by, server());

    assertThat(ask("large.example", Type.TXT).getHeader().getFlag(Flags.TC)).isTrue();
    try (TcpClient client = new TcpClient("127.0.0.1", node.address(Transport.TCP))) {
      Message answer = client.ask(question("large.example", Type.TXT));
      assertThat(answer.getHeader().getFlag(Flags.TC)).isFalse();
      assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
    }
  }

  @ParameterizedTest
  @EnumSource
  void rates_clientWithTooManyNxdomain_isBlocked(By by) throws Exception {
    ScriptedServer server = server();
    server.script(
        query -> {
          if (query.name().startsWith("nx")) {
            query.rcode(Rcode.NXDOMAIN);
          } else {
            query.answer();
          }
        });
    ScriptedServer other = server();
    other.script(query -> query.rcode(Rcode.NXDOMAIN));
    start(by, "rates.conf", "192.0.2.53", text(server), "192.0.2.54", text(other));

    String blocked = "127.0.0.5";
    await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .until(() -> rcode(blocked, "nx%d.status.example".formatted(ids.get())) == Rcode.REFUSED);
    assertThat(rcode(blocked, "status.example")).as("all of its queries").isEqualTo(Rcode.REFUSED);
    for (int i = 0; i < 50; i++) {
      assertThat(rcode("127.0.0.9", "nx%d.status.example".formatted(i))).isEqualTo(Rcode.NXDOMAIN);
    }
  }
}
