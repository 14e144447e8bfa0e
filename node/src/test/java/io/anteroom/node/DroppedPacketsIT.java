// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.Blackhole;
import io.anteroom.node.testing.Program;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/**
 * A node whose database and web service have an address that drops all packets, so that connecting
 * to them takes for ever. The node is in a network namespace of its own where that is permitted, as
 * it is to root and to most users; elsewhere the address is that of a {@link Blackhole}.
 */
final class DroppedPacketsIT {
  /** An address of no host (RFC 5737), behind a route on which the kernel drops what arrives. */
  private static final String NOBODY = "192.0.2.1";

  /** Makes the route, and runs the arguments. */
  private static final List<String> IN_A_NAMESPACE =
      List.of(
          "unshare",
          "--map-root-user",
          "--net",
          "sh",
          "-c",
          "ip link set lo up && ip route add 192.0.2.0/24 dev lo && exec \"$@\"",
          "sh");

  /** Two services whose connections take a minute to fail, and two where they fail soon. */
  private static final String OPERATIONS =
      """
      operations.slowdb { async-id = 20, timeout = 1h, sql {
        url = "jdbc:postgresql://%1$s/a?user=u", connect-timeout = 1m } }
      operations.slowweb { async-id = 21, timeout = 1h, http {
        url = "http://%1$s/", anywhere = on, connect-timeout = 1m } }
      operations.db { async-id = 22, timeout = 1h, sql {
        url = "jdbc:postgresql://%1$s/a?user=u", connect-timeout = 250ms } }
      operations.web { async-id = 23, timeout = 1h, http {
        url = "http://%1$s/", anywhere = on, connect-timeout = 250ms } }
      operations.here { async-id = 24, timeout = 1h, sql {
        url = "jdbc:h2:mem:dropped-packets", connect-timeout = 1m } }
      policies.p { file = "p.lua" }
      rules.query = [ { name = p, match = all, action { policy = p } } ]
      zones = [ { origin = anteroom.test } ]
      drain = 1s
      """;

  /** The answer shows the result code: NXDOMAIN for done, otherwise 6 minus the code. */
  private static final String POLICY =
      """
      function route.main(q)
        local service = q.name:match("^%a+")
        if service == "other" then return "refuse" end
        if service:find("web") then
          async(http(service, { path = "/" }), "result")
        end
        async(sql(service, "SELECT 1 AS x"), "result")
      end

      function route.result(q, rc, out)
        if rc > 0 then return "nxdomain" end
        return "rcode " .. (6 - rc)
      end
      """;

  private static final int CONNECT_TIMEOUT = 6 + 2;
  private static final int MANY = 4;

  @TempDir private Path directory;

  @Test
  void addressThatDropsPackets_isAConnectTimeout_andHoldsUpNobodyElse() throws Exception {
    try (Blackhole blackhole = new Blackhole();
        Program node =
            namespacesArePermitted()
                ? Program.java(IN_A_NAMESPACE, Scenario.class, directory.toString(), NOBODY + ":9")
                : Program.java(
                    List.of(),
                    Scenario.class,
                    directory.toString(),
                    "127.0.0.1:" + blackhole.port())) {
      assertThat(node.exitCode()).as("%s", node.lines()).isZero();
      assertThat(node.lines()).contains(Scenario.PASSED);
    }
  }

  private static boolean namespacesArePermitted() {
    try (Program nothing = Program.start(IN_A_NAMESPACE, List.of("true"))) {
      return nothing.exitCode() == 0;
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  /** What happens in the process: a node, and its clients. */
  static final class Scenario {
    static final String PASSED = "passed";

    private Scenario() {}

    public static void main(String[] arguments) throws Exception {
      Path directory = Path.of(arguments[0]);
      Files.writeString(directory.resolve("p.lua"), POLICY);
      Path file = directory.resolve("node.conf");
      TestNode.write(file, OPERATIONS.formatted(arguments[1]));
      try (TestNode node = TestNode.start(file, Map.of())) {
        run(node);
      }
      System.out.println(PASSED);
      System.exit(0);
    }

    private static void run(TestNode node) {
      try (UdpClient waiting = node.udp()) {
        for (int i = 0; i < MANY; i++) {
          waiting.send(query(2 * i, "slowdb.n" + i + ".anteroom.test", Type.A));
          waiting.send(query(2 * i + 1, "slowweb.n" + i + ".anteroom.test", Type.A));
        }
        node.awaitCount(20, SuspensionCounter.REQUESTS_SENT, MANY);
        node.awaitCount(21, SuspensionCounter.REQUESTS_SENT, MANY);

        for (int i = 0; i < 10; i++) {
          assertAnswered(node, "other", Rcode.REFUSED);
          assertAnswered(node, "here", Rcode.NXDOMAIN);
        }
        assertAnswered(node, "db", CONNECT_TIMEOUT);
        assertAnswered(node, "web", CONNECT_TIMEOUT);

        assertThat(node.count(20, SuspensionCounter.TIMED_OUT)).isZero();
        assertThat(node.count(21, SuspensionCounter.TIMED_OUT)).isZero();
        assertThat(node.count(Counter.POLICY_ERRORS)).isZero();
        assertThat(node.count(Counter.BUGS)).isZero();
      }
    }

    private static void assertAnswered(TestNode node, String name, int rcode) {
      try (UdpClient client = node.udp()) {
        assertThat(client.ask(query(7, name + ".anteroom.test", Type.A)).getRcode())
            .as(name)
            .isEqualTo(rcode);
      }
    }
  }
}
