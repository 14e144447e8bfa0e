// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.FreePorts;
import io.anteroom.node.testing.Postgres;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.Filter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** The files in {@code deploy/examples}, run as they are, except for their ports and servers. */
final class ExamplesTest {
  private static final Path EXAMPLES = Path.of("..", "deploy", "examples");
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int OPERATION = 10;

  /** What the text of a configuration lacks or has otherwise, so that it disturbs no other node. */
  private static final String OF_A_TEST =
      """
      anteroom {
        listeners = [
          { transport = udp, address = "127.0.0.1:%1$d" }
          { transport = tcp, address = "127.0.0.1:%1$d" }
        ]
        cluster.port = 0
        admin = off
        loops = 2
      """;

  @TempDir private Path directory;
  private final List<AutoCloseable> open = new ArrayList<>();
  private final int port = FreePorts.inARow(1);
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

  static Stream<Path> configurations() throws IOException {
    try (Stream<Path> files = Files.list(EXAMPLES)) {
      return files.filter(file -> file.toString().endsWith(".conf")).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("configurations")
  void configuration_isValid_exceptTheOneThatShowsWhatIsNot(Path file) throws Exception {
    if (file.endsWith("blocking.conf")) {
      assertThatThrownBy(() -> NodeConfiguration.load(file))
          .isInstanceOf(InvalidConfiguration.class)
          .hasMessageContaining("blocking.lua:5: os.execute would block all queries");
    } else {
      assertThat(NodeConfiguration.load(file).warnings()).isEmpty();
    }
  }

  /** Starts a node with the files of an example; {@code texts} are pairs to be replaced. */
  private void start(String name, Map<String, Filter> filters, String... texts) throws Exception {
    node = started(name, filters, port, texts);
  }

  private TestNode started(String name, Map<String, Filter> filters, int port, String... texts)
      throws Exception {
    try (Stream<Path> files = Files.list(EXAMPLES)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, directory.resolve(file.getFileName()), REPLACE_EXISTING);
      }
    }
    Path file = directory.resolve(name);
    String text = Files.readString(file);
    for (int i = 0; i < texts.length; i += 2) {
      assertThat(text).contains(texts[i]);
      text = text.replace(texts[i], texts[i + 1]);
    }
    text = text.replaceFirst("(?s)listeners = \\[.*?\\n  \\]\\n", "");
    text = text.replace("  cluster.port = 17356\n  admin = off\n", "");
    Files.writeString(file, text.replaceFirst("(?m)^anteroom \\{", OF_A_TEST.formatted(port)));
    return TestNode.start(file, filters);
  }

  private Message ask(String from, String name) {
    try (UdpClient client = new UdpClient(from, node.address(Transport.UDP))) {
      return client.ask(query(7, name, Type.A));
    }
  }

  private void assertAnswered(String from, String name, String address) {
    assertThat(DnsMessages.addresses(ask(from, name)))
        .extracting(InetAddress::getHostAddress)
        .containsExactly(address);
  }

  private void assertRefused(String from, String name) {
    assertThat(ask(from, name).getRcode()).isEqualTo(Rcode.REFUSED);
  }

  private void assertServesOnlyWhoHasCredit() {
    assertAnswered("127.0.0.1", "www.anteroom.test", "192.0.2.80");
    assertRefused("127.0.0.2", "www.anteroom.test");
    assertRefused("127.0.0.3", "www.anteroom.test");
    node.assertAtRest();
    assertThat(node.count(OPERATION, SuspensionCounter.OPERATIONS_FAILED)).isZero();
  }

  @Test
  void credit_withH2() throws Exception {
    String url = "url = \"jdbc:h2:";
    start(
        "credit.conf",
        Map.of(),
        "timeout = 1s",
        "timeout = 2m",
        url,
        "connect-timeout = 1m, " + url);

    assertServesOnlyWhoHasCredit();
  }

  @Test
  void credit_withPostgresql() throws Exception {
    Postgres server = Postgres.start();
    open.add(server);
    server.execute(
        "CREATE TABLE users(uid VARCHAR PRIMARY KEY, credit INT)",
        "INSERT INTO users VALUES ('127.0.0.1', 10), ('127.0.0.2', 0)");
    Files.writeString(directory.resolve("password"), Postgres.PASSWORD);
    String url = "url = \"jdbc:h2:";
    start(
        "credit.conf",
        Map.of(),
        "timeout = 1s",
        "timeout = 2m",
        url,
        "connect-timeout = 1m, url = \"%s\", user = %s, password-file = password\n #"
            .formatted(server.url(), Postgres.USER));

    assertServesOnlyWhoHasCredit();
  }

  /** A web server that answers GET with the examples' files, and notes what is posted. */
  private int serve(List<String> posted) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/",
        exchange -> {
          Path file = EXAMPLES.resolve("customers" + exchange.getRequestURI().getPath());
          boolean found = exchange.getRequestMethod().equals("GET") && Files.isRegularFile(file);
          posted.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          byte[] body = found ? Files.readAllBytes(file) : new byte[] {'x'};
          exchange.sendResponseHeaders(found ? 200 : 404, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    open.add(() -> server.stop(0));
    return server.getAddress().getPort();
  }

  @Test
  void customer_asksTheWebService() throws Exception {
    start("customer.conf", Map.of(), ":8053", ":" + serve(new CopyOnWriteArrayList<>()));

    assertAnswered("127.0.0.1", "www.anteroom.test", "192.0.2.80");
    assertAnswered("127.0.0.2", "www.anteroom.test", "192.0.2.1");
    assertAnswered("127.0.0.3", "www.anteroom.test", "192.0.2.80");
    node.assertAtRest();
  }

  @Test
  void customer_withoutTheWebService_isServed() throws Exception {
    start("customer.conf", Map.of(), ":8053", ":" + FreePorts.inARow(1));

    assertAnswered("127.0.0.2", "www.anteroom.test", "192.0.2.80");
  }

  @Test
  void querylog_postsEachQuery() throws Exception {
    List<String> posted = new CopyOnWriteArrayList<>();
    start("querylog.conf", Map.of(), ":8054", ":" + serve(posted));

    assertAnswered("127.0.0.1", "www.anteroom.test", "192.0.2.80");
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(posted).containsExactly("127.0.0.1 www.anteroom.test A\n"));
    assertThat(node.count(Counter.POLICY_ERRORS)).isZero();
  }

  @Test
  void tunnel_refusesLongHexadecimalNames() throws Exception {
    start("tunnel.conf", Map.of(), "timeout = 1s", "timeout = 2m");

    assertAnswered("127.0.0.1", "a.wild.anteroom.test", "192.0.2.42");
    assertRefused("127.0.0.1", "0123456789abcdef0123.wild.anteroom.test");
    node.assertAtRest();
  }

  @Test
  void dnsbl_refusesClientsOnTheList() throws Exception {
    int listPort = FreePorts.inARow(1);
    open.add(started("dnsbl-list.conf", Map.of(), listPort));
    start("dnsbl.conf", Map.of(), "timeout = 2s", "timeout = 2m", ":5355", ":" + listPort);

    assertAnswered("127.0.0.1", "www.anteroom.test", "192.0.2.80");
    assertRefused("127.0.0.2", "www.anteroom.test");
    node.assertAtRest();
  }

  /** What the command line starts inside of the node. */
  private static TestFilter blocklist() {
    return new TestFilter()
        .on("blocked.anteroom.test", Verdict.rcode(Rcode.REFUSED))
        .on("www.anteroom.test", Verdict.proceed());
  }

  @Test
  void twoFilters_areAskedOneAfterTheOther() throws Exception {
    TestFilter second = new TestFilter();
    start(
        "two-filters.conf",
        Map.of("blocklist", blocklist(), "second", second),
        "timeout = 500ms",
        "timeout = 2m");

    assertRefused("127.0.0.1", "blocked.anteroom.test");
    try (UdpClient client = node.udp()) {
      byte[] asked = query(1, "www.anteroom.test", Type.A);
      client.send(asked);
      second.next().decide(Verdict.proceed());
      assertThat(client.receiveAnswerTo(asked).getRcode()).isEqualTo(Rcode.NOERROR);
      client.send(asked);
      second.next().decide(Verdict.rcode(Rcode.NXDOMAIN));
      assertThat(client.receiveAnswerTo(asked).getRcode()).isEqualTo(Rcode.REFUSED);
    }
    node.assertAtRest();
  }

  @Test
  void twoFilters_withoutTheSecond_continuesAfterAnotherAttempt() throws Exception {
    start("two-filters.conf", Map.of("blocklist", blocklist()), "timeout = 500ms", "timeout = 2m");

    assertAnswered("127.0.0.1", "www.anteroom.test", "192.0.2.80");
    assertThat(node.count(2, SuspensionCounter.REFUSED_NO_FILTER)).isEqualTo(2);
    assertThat(node.count(OPERATION, SuspensionCounter.RESUMED)).isEqualTo(1);
  }
}
