// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.policy.PolicyMetrics;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.HttpCaller;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Worker tasks of policies on a running node. */
class PolicyTasksTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Path EXAMPLES = Path.of("..", "deploy", "examples");

  @TempDir private Path temporary;

  /** A node whose rule writes all answers to files, with one policy. */
  private TestNode spooling(Path script, String states, ScriptedServer upstream) {
    return TestNode.start(
        """
        data-dir = "%s"
        policies.p { file = "%s", allow-io = on, states = %s }
        upstreams.default.servers = ["127.0.0.1:%d"]
        rules.response = [{ match = all, action.spool = seen }]
        """
            .formatted(
                temporary.resolve("data"),
                script.toAbsolutePath(),
                states,
                upstream.address().getPort()),
        Map.of());
  }

  private Path script(String source) throws IOException {
    return Files.writeString(temporary.resolve("p.lua"), source);
  }

  @ParameterizedTest
  @ValueSource(strings = {"one", "per-loop"})
  void sha1Example_countsTheSumsOfSpooledAnswers(String states) throws Exception {
    try (ScriptedServer upstream = ScriptedServer.start(Asked::answer);
        TestNode node = spooling(EXAMPLES.resolve("sha1.lua"), states, upstream);
        UdpClient client = node.udp()) {
      for (int i = 0; i < 3; i++) {
        client.ask(DnsMessages.query(i, "www" + i + ".example.test", Type.A));
      }
      node.awaitCount(Counter.SPOOLED, 3);

      PolicyMetrics metrics = node.node().policyMetrics();
      PolicyMetrics.CounterName sums = new PolicyMetrics.CounterName("p", "sha1_sums");
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(metrics.counters())
                      .hasEntrySatisfying(sums, n -> assertThat(n.sum()).isEqualTo(3)));
    }
  }

  @Test
  void metrics_showTasksAndWhatThePolicyCounts() throws Exception {
    Path script =
        script(
            """
            function onfile_http(engine)
              engine:counter("files", 2)
              engine:alert("a file")
              T.async:schedule{ data = "", onexecute = function() end }
            end
            """);
    try (ScriptedServer upstream = ScriptedServer.start(Asked::answer);
        TestNode node =
            TestNode.start(
                """
                data-dir = "%s"
                policies.p { file = "%s" }
                admin { address = "127.0.0.1:0", token-file = "%s" }
                upstreams.default.servers = ["127.0.0.1:%d"]
                rules.response = [{ match = all, action.spool = seen }]
                """
                    .formatted(
                        temporary.resolve("data"),
                        script,
                        temporary.resolve("token"),
                        upstream.address().getPort()),
                Map.of());
        UdpClient client = node.udp()) {
      client.ask(DnsMessages.query(1, "www.example.test", Type.A));
      HttpCaller caller = new HttpCaller(node.node().adminAddress());

      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(caller.get("/metrics").body())
                      .contains(
                          "anteroom_policy_counter_total{name=\"files\",policy=\"p\"} 2.0",
                          "anteroom_policy_alerts_total{policy=\"p\"} 1.0",
                          "anteroom_policy_tasks_scheduled_total{policy=\"p\"} 1.0",
                          "anteroom_policy_tasks_nothing_total{policy=\"p\"} 1.0",
                          "anteroom_policy_tasks_pending{policy=\"p\"} 0.0",
                          "anteroom_policy_tasks_running{policy=\"p\"} 0.0"));
    }
  }

  @Test
  void copyExample_copiesASpooledAnswer() throws Exception {
    try (ScriptedServer upstream = ScriptedServer.start(Asked::answer);
        TestNode node = spooling(EXAMPLES.resolve("copy.lua"), "one", upstream);
        UdpClient client = node.udp()) {
      client.ask(DnsMessages.query(1, "www.example.test", Type.A));

      for (String copy : new String[] {"latest.dns", "latest-by-cp.dns"}) {
        Path file = temporary.resolve("data").resolve(copy);
        await().atMost(PATIENCE).until(() -> Files.exists(file) && Files.size(file) > 0);
        var message = DnsMessages.parse(Files.readAllBytes(file));
        assertThat(message.getQuestion().getName()).hasToString("www.example.test.");
      }
    }
  }

  @Test
  void schedule_asAnOperation_suspendsTheQueryAndGoesOnWithItsResponse() throws Exception {
    Path script =
        script(
            """
            route.main = function(q)
              async(schedule{ data = "x", onexecute = function(x) return x .. "y" end }, "back")
            end
            route.back = function(q, rc, out)
              if rc > 0 and out.response == "xy" then return "refuse" end
            end
            """);
    try (TestNode node =
            TestNode.start(
                """
                policies.p { file = "%s" }
                operations.work { async-id = 7, worker {} }
                rules.query = [{ match = all, action.policy = p }]
                """
                    .formatted(script),
                Map.of());
        UdpClient client = node.udp()) {
      assertThat(client.ask(DnsMessages.query(1, "www.example.test", Type.A)).getRcode())
          .isEqualTo(Rcode.REFUSED);
      node.assertAtRest();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sha1.conf", "copy.conf"})
  void configurationOfAnExample_isValid(String file) throws Exception {
    assertThat(NodeConfiguration.load(EXAMPLES.resolve(file)).warnings()).isEmpty();
  }

  @Test
  void blockingExample_isRefusedWithTheReason() {
    assertThatThrownBy(() -> NodeConfiguration.load(EXAMPLES.resolve("blocking.conf")))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessageContaining("blocking.lua:5: os.execute would block all queries");
  }

  /** The task ends only when the queries of later have been answered. */
  @Test
  void taskOfAQuery_doesNotHoldUpOtherQueries() throws Exception {
    Path script =
        script(
            """
            route.main = function(q)
              if q.name:find("^begin") then
                T.async:schedule{ data = "%s", onexecute = function(file)
                  local start = os.clock()
                  while os.clock() - start < 2 do end
                  while not io.open(file) do end
                  return "done"
                end, onresult = function(engine) engine:counter("ended") end }
              end
              return "refuse"
            end
            """
                .formatted(temporary.resolve("over")));
    try (TestNode node =
            TestNode.start(
                """
                policies.p { file = "%s", allow-io = on }
                rules.query = [{ match = all, action.policy = p }]
                """
                    .formatted(script),
                Map.of());
        UdpClient client = node.udp()) {
      PolicyMetrics metrics = node.node().policyMetrics();
      client.ask(DnsMessages.query(1, "begin.test", Type.A));
      for (int i = 0; i < 200; i++) {
        assertThat(client.ask(DnsMessages.query(i, "other.test", Type.A)).getRcode())
            .isEqualTo(Rcode.REFUSED);
      }
      assertThat(metrics.counters()).isEmpty();
      Files.createFile(temporary.resolve("over"));

      await().atMost(PATIENCE).until(() -> !metrics.counters().isEmpty());
    }
  }
}
