// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.HttpCaller;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TcpClient;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.Verdict;
import io.anteroom.protocol.sdk.Filter;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** A node that is told to stop finishes what it has taken. */
final class NodeStopTest {
  private static final int ASYNC_ID = 1;
  private static final byte[] OVER_UDP = query(1, "udp.example", Type.A);
  private static final int WAITING = 100;
  private static final String ONE_LOOP =
      """
      loops = 1
      admin { address = "127.0.0.1:0" }
      filters.judge { async-id = 1, timeout = 60s }
      rules.query = [
        { match { suffix = ["busy.test"] }, action { suspend = judge } }
        { match = all, action { rcode = nxdomain } }
      ]
      """;
  private static final byte[] OVER_TCP = query(2, "tcp.example", Type.A);

  private static final ScriptedServer upstream = ScriptedServer.start(Asked::answer);
  private final TestFilter filter = new TestFilter();

  @AfterAll
  static void stop() {
    upstream.close();
  }

  @Test
  void suspendedQueries_areStillDecidedByTheFilter_andAnswered() throws Exception {
    try (TestNode node = start("30s");
        UdpClient udp = node.udp();
        TcpClient tcp = node.tcp();
        TcpClient idle = node.tcp()) {
      idle.ask(query(3, "other.test", Type.A));
      udp.send(OVER_UDP);
      TestFilter.Held first = filter.next();
      tcp.send(OVER_TCP);
      TestFilter.Held second = filter.next();
      CompletableFuture<Void> stopped = node.node().stop().toCompletableFuture();
      assertThat(idle.isClosed()).as("it has begun to stop").isTrue();
      assertThat(stopped).isNotDone();

      first.decide(Verdict.proceed());
      assertThat(DnsMessages.addresses(udp.receiveAnswerTo(OVER_UDP)))
          .containsExactly(Asked.addressOf("udp.example"));
      assertThat(stopped).isNotDone();
      second.decide(Verdict.rcode(Rcode.NXDOMAIN));
      assertThat(tcp.receiveAnswerTo(OVER_TCP).getRcode()).isEqualTo(Rcode.NXDOMAIN);
      assertThat(tcp.isClosed()).isTrue();

      stopped.get(2, TimeUnit.MINUTES);
      assertThat(node.count(ASYNC_ID, SuspensionCounter.RESUMED)).isEqualTo(2);
      node.assertAtRest();
    }
  }

  @Test
  void suspendedQueries_thatOutlastTheDrain_getTheirOnTimeout() throws Exception {
    try (TestNode node = start("100ms");
        UdpClient udp = node.udp();
        TcpClient tcp = node.tcp()) {
      udp.send(OVER_UDP);
      filter.next();
      tcp.send(OVER_TCP);
      filter.next();
      CompletableFuture<Void> stopped = node.node().stop().toCompletableFuture();

      assertThat(udp.receiveAnswerTo(OVER_UDP).getRcode()).isEqualTo(Rcode.REFUSED);
      assertThat(tcp.receiveAnswerTo(OVER_TCP).getRcode()).isEqualTo(Rcode.REFUSED);
      stopped.get(2, TimeUnit.MINUTES);
      assertThat(node.count(ASYNC_ID, SuspensionCounter.TIMED_OUT)).isEqualTo(2);
      node.assertAtRest();
    }
  }

  private TestNode start(String drain) {
    return TestNode.start(
        """
        upstreams.default.servers = ["127.0.0.1:%d"]
        filters.judge { async-id = 1, timeout = 60s, on-timeout = refuse }
        rules.query = [ { match { suffix = ["example"] }, action { suspend = judge } } ]
        drain = %s
        """
            .formatted(upstream.address().getPort(), drain),
        Map.of("judge", filter));
  }

  @Test
  void datagrams_thatWaitInTheSocket_areReadAndAnswered() throws Exception {
    CountDownLatch busy = new CountDownLatch(1);
    CountDownLatch free = new CountDownLatch(1);
    try (TestNode node = TestNode.start(ONE_LOOP, Map.of("judge", blocking(busy, free)));
        UdpClient client = node.udp()) {
      client.send(query(0, "busy.test", Type.A));
      busy.await();
      for (int i = 1; i <= WAITING; i++) {
        client.send(query(i, "n" + i + ".test", Type.A));
      }
      HttpCaller admin = new HttpCaller(node.node().adminAddress());
      CompletableFuture<Void> stopped = node.node().stop().toCompletableFuture();
      await().until(() -> admin.get("/ready").status() == 503);
      free.countDown();

      for (int i = 0; i <= WAITING; i++) {
        assertThat(DnsMessages.parse(client.receive()).getRcode()).isEqualTo(Rcode.NXDOMAIN);
      }
      stopped.get(2, TimeUnit.MINUTES);
    }
  }

  /** It runs on the event loop, which reads nothing meanwhile. */
  private static Filter blocking(CountDownLatch busy, CountDownLatch free) {
    return request -> {
      busy.countDown();
      try {
        free.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return CompletableFuture.completedFuture(Verdict.proceed());
    };
  }
}
