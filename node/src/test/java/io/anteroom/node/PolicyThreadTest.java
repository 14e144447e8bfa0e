// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.PolicyCall;
import io.anteroom.node.flow.PolicyProgram;
import io.anteroom.node.flow.RuleOutcome;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.PlayedPolicies;
import io.anteroom.node.testing.TestNode;
import io.anteroom.protocol.Transport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Queries whose policy has a thread of its own, which this test is. */
final class PolicyThreadTest {
  @TempDir private static Path directory;

  private final BlockingQueue<Runnable> calls = new LinkedBlockingQueue<>();
  private final AtomicInteger runs = new AtomicInteger();

  private RuleOutcome run(PolicyCall call) {
    runs.incrementAndGet();
    return call.result() == null
        ? PlayedPolicies.await(call, 20, Map.of("seconds", 0.02), Map.of(), null)
        : PlayedPolicies.rcode(call, Rcode.NXDOMAIN);
  }

  private void runNext() throws InterruptedException {
    Runnable next = calls.poll(2, TimeUnit.MINUTES);
    assertThat(next).isNotNull();
    next.run();
  }

  /** On HTTPS and QUIC, what is sent again is another query. */
  @ParameterizedTest
  @EnumSource(names = {"UDP", "TCP", "TLS"})
  void query_thatIsSentAgainWhileItsPolicyHasNotRun_isRunAndAnsweredOnce(Transport transport)
      throws Exception {
    PolicyProgram policy = PlayedPolicies.policy("p", calls::add, this::run);
    try (TestNode node =
            TestNode.start(
                """
                operations.nap { async-id = 20, sleep {} }
                rules.query = [{ match = all, action { policy = p } }]
                """,
                directory,
                policy);
        DnsClient client = node.client(transport)) {
      byte[] first = query(1, "www.example", Type.A);
      byte[] other = query(2, "www.example", Type.A);

      client.send(first);
      client.send(first);
      client.send(other);
      node.awaitCount(Counter.RETRANSMISSIONS, 1);
      node.awaitCount(Counter.POLICY_CALLS, 2);
      runNext();
      runNext();
      // Both operations have ended, and their routes wait for the thread.
      await().atMost(Duration.ofMinutes(2)).until(() -> calls.size() == 2);
      client.send(first);
      client.send(other);
      node.awaitCount(Counter.RETRANSMISSIONS, 3);
      runNext();
      runNext();

      assertThat(client.receive()).isNotNull();
      assertThat(client.receive()).isNotNull();
      assertThat(runs).hasValue(4);
      assertThat(node.count(Counter.POLICY_CALLS)).isEqualTo(4);

      client.send(first);
      runNext();
      runNext();
      assertThat(client.receive()).isNotNull();
      assertThat(node.count(Counter.RETRANSMISSIONS)).isEqualTo(3);
    }
  }
}
