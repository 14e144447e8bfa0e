// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.Blackhole;
import io.anteroom.node.testing.FreePorts;
import io.anteroom.node.testing.PlayedPolicies;
import io.anteroom.node.testing.TcpClient;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.OperationResult;
import io.anteroom.protocol.ResultCode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Operations of a node from its configuration to the policy that goes on with their results. */
final class OperationServiceTest {
  private static final int OP = 20;
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String RULES =
      "rules.query = [{ match = all, action { policy = p } }], zones = [{ origin = anteroom.test }]\n"
          + "drain = 1s";

  @TempDir private static Path directory;

  private final List<OperationResult> results = new CopyOnWriteArrayList<>();

  private TestNode node(String operation, Map<String, Object> arguments) {
    return node(operation, arguments, null);
  }

  /** A node with one operation, which its policy waits for once; then NXDOMAIN is the answer. */
  private TestNode node(String operation, Map<String, Object> arguments, Duration timeout) {
    return TestNode.start(
        "operations.op { async-id = 20, %s }\n%s".formatted(operation, RULES),
        directory,
        PlayedPolicies.policy("p", call -> run(call, arguments, timeout)));
  }

  private RuleOutcome run(PolicyCall call, Map<String, Object> arguments, Duration timeout) {
    if (call.result() == null) {
      return PlayedPolicies.await(call, OP, arguments, Map.of(), timeout);
    }
    results.add(call.result());
    return PlayedPolicies.rcode(call, Rcode.NXDOMAIN);
  }

  private static void assertAnswered(TestNode node) {
    try (UdpClient client = node.udp()) {
      assertThat(client.ask(query(1, "www.anteroom.test", Type.A)).getRcode())
          .isEqualTo(Rcode.NXDOMAIN);
    }
  }

  @Test
  void wait_endsAndThePolicyGoesOn() {
    try (TestNode node = node("sleep {}", Map.of("seconds", 0.02))) {
      assertAnswered(node);

      assertThat(results).containsExactly(OperationResult.done(Map.of()));
      node.assertAtRest();
      assertThat(node.count(OP, SuspensionCounter.RESUMED)).isEqualTo(1);
    }
  }

  @Test
  void operation_withWrongArguments_fails_andIsCounted() {
    try (TestNode node = node("sleep {}", Map.of("seconds", "long"))) {
      assertAnswered(node);

      assertThat(results).extracting(OperationResult::code).containsExactly(ResultCode.INTERNAL);
      assertThat(node.count(OP, SuspensionCounter.OPERATIONS_FAILED)).isEqualTo(1);
    }
  }

  @Test
  void operation_thatDoesNotEndInTime_isATimeout_andOpensTheBreaker() {
    try (TestNode node =
        node(
            "timeout = 20ms, breaker { at-least = 2, window = 1h, probe-every = 1h }, sleep {}",
            Map.of("seconds", 3_600L))) {
      assertAnswered(node);
      assertAnswered(node);
      assertAnswered(node);

      assertThat(results)
          .extracting(OperationResult::code)
          .containsExactly(ResultCode.TIMEOUT, ResultCode.TIMEOUT, ResultCode.REJECTED);
      node.assertAtRest();
      assertThat(node.count(OP, SuspensionCounter.TIMED_OUT)).isEqualTo(2);
      assertThat(node.count(OP, SuspensionCounter.REFUSED_BREAKER)).isEqualTo(1);
    }
  }

  /** One author's short timeout must not cut all others off from the service. */
  @Test
  void operation_thatItsPolicyGivesLessTime_saysNothingToTheBreaker() {
    try (TestNode node =
        node(
            "timeout = 1m, breaker { at-least = 2, window = 1h, probe-every = 1h }, sleep {}",
            Map.of("seconds", 3_600L),
            Duration.ofMillis(20))) {
      for (int i = 0; i < 4; i++) {
        assertAnswered(node);
      }

      assertThat(results)
          .extracting(OperationResult::code)
          .containsExactly(
              ResultCode.TIMEOUT, ResultCode.TIMEOUT, ResultCode.TIMEOUT, ResultCode.TIMEOUT);
      node.assertAtRest();
      assertThat(node.count(OP, SuspensionCounter.TIMED_OUT)).isEqualTo(4);
    }
  }

  /** A connect timeout does say something, however little time there is. */
  @Test
  void connectTimeout_opensTheBreaker_alsoIfItsPolicyGivesLessTime() throws Exception {
    try (Blackhole blackhole = new Blackhole();
        TestNode node =
            node(
                ("timeout = 1h, breaker { at-least = 2, window = 1h, probe-every = 1h },"
                        + " http { url = \"http://127.0.0.1:%d/\", connect-timeout = 250ms }")
                    .formatted(blackhole.port()),
                Map.of(),
                Duration.ofMinutes(2))) {
      for (int i = 0; i < 3; i++) {
        assertAnswered(node);
      }

      assertThat(results)
          .extracting(OperationResult::code)
          .containsExactly(
              ResultCode.CONNECT_TIMEOUT, ResultCode.CONNECT_TIMEOUT, ResultCode.REJECTED);
    }
  }

  @Test
  void operation_whoseClientHasGone_isCancelled() {
    try (TestNode node = node("timeout = 1h, sleep {}", Map.of("seconds", 3_000L))) {
      try (TcpClient client = node.tcp()) {
        client.send(query(1, "www.anteroom.test", Type.A));
        node.awaitCount(OP, SuspensionCounter.REQUESTS_SENT, 1);
        client.reset();
      }
      node.awaitCount(OP, SuspensionCounter.CLIENT_GONE, 1);
      node.awaitCount(OP, SuspensionCounter.OPERATIONS_CANCELLED, 1);

      node.assertAtRest();
      assertThat(results).isEmpty();
    }
  }

  /** At the capacity of the runner queries wait, and at the limit of those they are rejected. */
  @Test
  void operation_beyondALimit_isRejectedAtOnce_andAnotherGetsTheRoomOfOneThatHasEnded() {
    try (TestNode node =
            node("timeout = 1h, max-suspended = 2, sleep { max = 1 }", Map.of("seconds", 3_000L));
        TcpClient first = node.tcp();
        TcpClient second = node.tcp()) {
      first.send(query(1, "a.anteroom.test", Type.A));
      node.awaitCount(OP, SuspensionCounter.REQUESTS_SENT, 1);
      second.send(query(1, "b.anteroom.test", Type.A));
      node.awaitCount(OP, SuspensionCounter.ACCEPTED, 2);
      assertAnswered(node);
      assertThat(results).extracting(OperationResult::code).containsExactly(ResultCode.REJECTED);
      assertThat(node.count(OP, SuspensionCounter.REQUESTS_SENT)).isEqualTo(1);

      first.reset();

      node.awaitCount(OP, SuspensionCounter.REQUESTS_SENT, 2);
      assertThat(node.count(OP, SuspensionCounter.OPERATIONS_QUEUED)).isZero();
    }
  }

  @Test
  void node_thatStops_endsTheOperations_andTheirQueriesAreAnswered() {
    TestNode node = node("timeout = 1h, sleep {}", Map.of("seconds", 3_000L));
    try (UdpClient client = node.udp()) {
      client.send(query(1, "www.anteroom.test", Type.A));
      node.awaitCount(OP, SuspensionCounter.REQUESTS_SENT, 1);
      CompletableFuture<Void> stopped = node.node().stop().toCompletableFuture();

      assertThat(client.receive()[3] & 0xf).isEqualTo(Rcode.NXDOMAIN);
      await().atMost(PATIENCE).until(stopped::isDone);
      assertThat(results).extracting(OperationResult::code).containsExactly(ResultCode.CANCELLED);
    } finally {
      node.close();
    }
  }

  @Test
  void databaseThatIsDown_doesNotKeepTheNodeFromStarting_andIsTold() {
    String url = "jdbc:postgresql://127.0.0.1:%d/nothing".formatted(FreePorts.inARow(1));
    try (TestNode node = node("sql { url = \"" + url + "\" }", Map.of("statement", "select 1"))) {
      assertAnswered(node);

      assertThat(results)
          .extracting(OperationResult::code)
          .containsAnyOf(ResultCode.REFUSED, ResultCode.CONNECT_TIMEOUT, ResultCode.TIMEOUT)
          .hasSize(1);
    }
  }

  @Test
  void statement_returnsItsRows() {
    try (TestNode node =
        node(
            "timeout = 1m, sql { url = \"jdbc:h2:mem:operations\", connect-timeout = 1m }",
            Map.of("statement", "select ? as name", "parameters", List.of("a'b")))) {
      assertAnswered(node);

      assertThat(results).extracting(OperationResult::code).containsExactly(ResultCode.DONE);
      assertThat(results.get(0).outputs().toString()).contains("a'b");
    }
  }
}
