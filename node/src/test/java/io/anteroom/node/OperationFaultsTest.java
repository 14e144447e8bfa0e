// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.Blackhole;
import io.anteroom.node.testing.Postgres;
import io.anteroom.node.testing.TcpClient;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/**
 * Operations and tasks with faults, on a running node: the policy gets the code, other queries are
 * answered meanwhile, and nothing is left. What each runner does with them is in its own tests.
 */
final class OperationFaultsTest {
  private static final int OP = 20;
  private static final int JUDGE = 21;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /**
   * The answer shows the result code: NXDOMAIN for done, otherwise 6 minus the code, at most 15.
   */
  private static final String RESULT =
      """
      function route.result(q, rc, out)
        if rc > 0 then return "nxdomain" end
        return "rcode " .. math.min(6 - rc, 15)
      end
      """;

  private static final int REFUSED = 6 + 1;
  private static final int CONNECT_TIMEOUT = 6 + 2;
  private static final int TIMEOUT = 6 + 3;
  private static final int REJECTED = 6 + 4;

  @TempDir private Path directory;
  private TestNode node;

  @AfterEach
  void close() {
    if (node != null) {
      node.close();
    }
  }

  /** A node whose policy runs {@code body} for each query except those for names with "other". */
  private void start(String operation, String body, String more) throws Exception {
    Files.writeString(
        directory.resolve("p.lua"),
        """
        function route.main(q)
          if q.name:find("other") then return "refuse" end
          %s
        end
        %s
        """
            .formatted(body, RESULT + more));
    Path file = directory.resolve("node.conf");
    TestNode.write(
        file,
        """
        operations.op { async-id = %d, timeout = 2m, %s }
        operations.nap { async-id = %d, timeout = 2m, sleep {} }
        policies.p { file = "p.lua", instructions = 100000000, allow-io = on }
        rules.query = [ { name = p, match = all, action { policy = p } } ]
        zones = [ { origin = anteroom.test } ]
        """
            .formatted(OP, operation, JUDGE));
    node = TestNode.start(file, Map.of());
  }

  private int ask(String name) {
    try (UdpClient client = node.udp()) {
      return client.ask(query(7, name + ".anteroom.test", Type.A)).getRcode();
    }
  }

  /** Asks for something that waits, and sees that another query is answered meanwhile. */
  private void assertResult(int rcode) throws Exception {
    try (UdpClient client = node.udp()) {
      byte[] asked = query(8, "www.anteroom.test", Type.A);
      client.send(asked);
      assertThat(ask("other")).isEqualTo(Rcode.REFUSED);
      assertThat(client.receiveAnswerTo(asked).getHeader().getRcode()).isEqualTo(rcode);
    }
    node.assertAtRest();
    assertThat(node.count(Counter.POLICY_ERRORS)).isZero();
    assertThat(node.count(Counter.BUGS)).isZero();
  }

  @Test
  void operationThatNeverEnds_isATimeout() throws Exception {
    start("sleep {}", "async(sleep(100, \"op\"), \"result\", 0.2)", "");

    assertResult(TIMEOUT);
    assertThat(node.count(OP, SuspensionCounter.TIMED_OUT)).isEqualTo(1);
  }

  @Test
  void rowOfTenMegabytes_isRejected() throws Exception {
    start(
        "sql { url = \"jdbc:h2:mem:faults\" }",
        "async(sql(\"op\", \"SELECT REPEAT('x', 10000000)\"), \"result\")",
        "");

    assertResult(REJECTED);
  }

  @Test
  void outputOfTenMegabytes_isRejected() throws Exception {
    start(
        "exec { command = [\"/usr/bin/env\", \"head\", \"-c\"] }",
        "async(exec(\"op\", \"10000000\", \"/dev/zero\"), \"result\")",
        "");

    assertResult(REJECTED);
  }

  @Test
  void bodyOfTenMegabytes_isRejected() throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(new byte[10_000_000]);
          }
        });
    server.start();
    try {
      start(
          "http { url = \"http://127.0.0.1:%d\" }".formatted(server.getAddress().getPort()),
          "async(http(\"op\", { path = \"/\" }), \"result\")",
          "");

      assertResult(REJECTED);
    } finally {
      server.stop(0);
    }
  }

  @Test
  void databaseThatIsDownAtStart_isUsedWhenItIsBack() throws Exception {
    try (Postgres server = Postgres.start()) {
      server.stop();
      start(
          "sql { url = \"%s\", user = %s, password = \"%s\" }\n"
                  .formatted(server.url(), Postgres.USER, Postgres.PASSWORD)
              + "breaker = off",
          "async(sql(\"op\", \"SELECT 1\"), \"result\")",
          "");
      assertThat(ask("www")).isBetween(REFUSED, REJECTED);
      assertThat(ask("other")).isEqualTo(Rcode.REFUSED);

      server.startAgain();

      await().atMost(PATIENCE).until(() -> ask("www") == Rcode.NXDOMAIN);
      node.assertAtRest();
    }
  }

  @Test
  void connectThatHangs_isAConnectTimeout() throws Exception {
    try (Blackhole hole = new Blackhole()) {
      start(
          "http { url = \"http://127.0.0.1:%d\", connect-timeout = 250ms }".formatted(hole.port()),
          "async(http(\"op\", { path = \"/\" }), \"result\")",
          "");

      assertResult(CONNECT_TIMEOUT);
    }
  }

  @Test
  void programThatIgnoresTheSignalAndForks_isKilledWithItsChildren() throws Exception {
    Path pids = directory.resolve("pids");
    Path script = directory.resolve("stubborn");
    Files.writeString(
        script, "trap '' TERM\n(trap '' TERM; sleep 1000) &\necho $$ $! >\"$1\"\nwait\n");
    start(
        "exec { command = [\"/bin/sh\", \"%s\"] }".formatted(script),
        "async(exec(\"op\", \"%s\"), \"result\", 5)".formatted(pids),
        "");

    assertResult(TIMEOUT);
    await().atMost(PATIENCE).until(() -> Files.exists(pids) && Files.size(pids) > 0);
    for (String pid : Files.readString(pids).strip().split(" ")) {
      await()
          .atMost(PATIENCE)
          .until(() -> ProcessHandle.of(Long.parseLong(pid)).filter(p -> p.isAlive()).isEmpty());
    }
  }

  @Test
  void taskThatThrows_isInternal_andTheNextRuns() throws Exception {
    start(
        "worker {}",
        """
        async(schedule{ data = q.name, onexecute = function(name)
          if name:find("throws") then error("boom") end
          return name
        end }, "result")
        """,
        "");

    assertThat(ask("throws")).isNotEqualTo(Rcode.NXDOMAIN);
    assertResult(Rcode.NXDOMAIN);
    assertThat(node.count(OP, SuspensionCounter.OPERATIONS_FAILED)).isEqualTo(1);
  }

  @Test
  void clientThatHasGone_endsItsOperation_andNobodyElses() throws Exception {
    start(
        "exec { command = [\"/usr/bin/env\", \"sleep\"], processes = 2 }",
        "async(exec(\"op\", q.name:find(\"gone\") and \"1000\" or \"0.1\"), \"result\")",
        "");
    TcpClient client = node.tcp();
    client.send(query(1, "gone.anteroom.test", Type.A));
    node.awaitCount(OP, SuspensionCounter.ACCEPTED, 1);
    client.reset();

    assertResult(Rcode.NXDOMAIN);
    assertThat(node.count(OP, SuspensionCounter.CLIENT_GONE)).isEqualTo(1);
    assertThat(node.count(OP, SuspensionCounter.RESUMED)).isEqualTo(1);
  }

  /** A route that is kept and called by the script, twice, and with a query that has ended. */
  @Test
  void routeThatIsKeptAndUsedTwice_costsOnlyTheQueryThatUsesIt() throws Exception {
    start(
        "sleep {}",
        """
        kept = kept or q
        if q.name:find("again") then kept:set_tag("x", "y") end
        async(sleep(0.01, "op"), "twice")
        """,
        """
        function route.twice(q, rc, out)
          again = again or function() return route.result(q, rc, out) end
          again()
          return again()
        end
        """);

    assertThat(ask("www")).isEqualTo(Rcode.NXDOMAIN);
    for (String name : List.of("again1", "again2")) {
      assertThat(ask(name)).isEqualTo(Rcode.SERVFAIL);
    }
    assertThat(ask("other")).isEqualTo(Rcode.REFUSED);
    assertThat(node.count(Counter.POLICY_ERRORS)).isEqualTo(2);
    node.assertAtRest();
  }
}
