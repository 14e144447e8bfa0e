// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import static io.anteroom.node.testing.DnsMessages.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.flow.FileHandlers;
import io.anteroom.node.operation.LazyDirectory;
import io.anteroom.node.operation.WorkerPools;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.HttpFilter;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.UdpClient;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xbill.DNS.Type;

/** When the policies of a node are closed. */
class PolicyEndTest {
  private static final String CLASS = "com.example.Asks";

  @TempDir private Path work;

  /** A policy that asks an HTTP operation, and writes to a file when it is closed. */
  private void pack(PolicyJars jars, int version, String whenClosed) throws IOException {
    String members =
        """
        @Override public void start(PolicySetup setup) throws PolicyException {
          setup.operation("web");
          setup.route("asked", (query, result, variables) -> Outcome.answer(
              List.of(address("192.0.2.%1$d")), 60));
        }
        private static InetAddress address(String text) {
          try {
            return InetAddress.getByName(text);
          } catch (java.net.UnknownHostException e) {
            throw new IllegalStateException(e);
          }
        }
        @Override public void close() {
          try {
            java.nio.file.Files.writeString(
                java.nio.file.Path.of("%2$s"), "%1$d closed\\n",
                java.nio.file.StandardOpenOption.CREATE,
                java.nio.file.StandardOpenOption.APPEND);
            %3$s
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        }
        """
            .formatted(version, closings(), whenClosed);
    jars.jar(
        work.resolve("policies").resolve("asks.jar"),
        CLASS,
        PolicyJars.policy(
            "Asks",
            members,
            """
            return Outcome.async("web", new Operation(Map.of(
                "method", "POST", "path", "/", "body", query.name())), "asked");
            """));
  }

  private Path closings() {
    return work.resolve("closed");
  }

  private Path write(int httpPort, ScriptedServer upstream) {
    Path file = work.resolve("node.conf");
    TestNode.write(
        file,
        """
        upstreams.default.servers = ["127.0.0.1:%d"]
        operations.web { async-id = 7, timeout = 120s, http { url = "http://127.0.0.1:%d" } }
        policies.asks { class = "%s" }
        rules.query = [{ match = all, action { policy = asks } }]
        """
            .formatted(upstream.address().getPort(), httpPort, CLASS));
    return file;
  }

  @Test
  void reload_withAnotherJar_leavesQueriesUnderWayToTheOldOne_andTheNodeClosesBoth()
      throws Exception {
    PolicyJars jars = new PolicyJars(work);
    pack(jars, 1, "");
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (ScriptedServer upstream = ScriptedServer.start(Asked::answer);
        HttpFilter web =
            HttpFilter.start(
                0,
                (filter, posted, exchange) -> {
                  if (new String(posted.message(), StandardCharsets.UTF_8).startsWith("held")) {
                    asked.countDown();
                    await(go);
                  }
                  HttpFilter.reply(exchange, 200, "text/plain", "yes");
                })) {
      try (TestNode node = TestNode.start(write(web.port(), upstream), Map.of());
          UdpClient client = node.udp();
          UdpClient later = node.udp()) {
        client.send(query(1, "held.example", Type.A));
        await(asked);
        pack(jars, 2, "");
        assertThat(node.node().reload().toCompletableFuture().get(2, TimeUnit.MINUTES).errors())
            .isEmpty();

        assertThat(DnsMessages.addresses(later.ask(query(2, "new.example", Type.A))))
            .containsExactly(InetAddress.getByName("192.0.2.2"));
        assertThat(closings()).doesNotExist();
        go.countDown();
        assertThat(DnsMessages.addresses(DnsMessages.parse(client.receive())))
            .containsExactly(InetAddress.getByName("192.0.2.1"));
      }
      assertThat(Files.readAllLines(closings())).containsExactlyInAnyOrder("1 closed", "2 closed");
    }
  }

  @Test
  void policyWhoseCloseDoesNotEnd_doesNotKeepTheNodeFromEnding() throws Exception {
    pack(new PolicyJars(work), 1, "new java.util.concurrent.CountDownLatch(1).await();");
    try (ScriptedServer upstream = ScriptedServer.start(Asked::answer)) {
      TestNode.start(write(1, upstream), Map.of()).close();
    }
    assertThat(closings()).hasContent("1 closed");
  }

  @Test
  void policies_ofWhichOneDoesNotStart_areAllClosed() throws Exception {
    pack(new PolicyJars(work), 1, "");
    Files.writeString(work.resolve("good.lua"), "function route.main(q) end");
    Files.writeString(work.resolve("bad.lua"), "function route.main(q) end error('not now')");
    Path file = work.resolve("node.conf");
    Files.writeString(
        file,
        """
        anteroom {
          operations.web { async-id = 7, http { url = "http://127.0.0.1:1" } }
          policies.asks { class = "%s" }
          policies.good { file = "good.lua" }
          policies.loops { file = "good.lua", states = per-loop }
          policies.bad { file = "bad.lua" }
        }
        """
            .formatted(CLASS));
    EventLoop loop = new DefaultEventLoop();
    try (WorkerPools pools = new WorkerPools()) {
      StartedPolicies started = new StartedPolicies();
      Policies policies = NodeConfiguration.load(file).live().policies();

      assertThatThrownBy(() -> policies.start(host(loop, pools, started)))
          .isInstanceOf(InvalidConfiguration.class)
          .hasMessageContaining("bad.lua:1: not now");

      assertThat(started.count()).isZero();
      assertThat(closings()).hasContent("1 closed");
    } finally {
      loop.shutdownGracefully();
    }
  }

  private PolicyHost host(EventLoop loop, WorkerPools pools, StartedPolicies started) {
    return new PolicyHost(
        List.of(loop),
        (asyncId, operation, done) -> {},
        new PolicyHost.Tasks(
            pools,
            new LazyDirectory(work),
            new PolicyMetrics(System::nanoTime),
            new FileHandlers()),
        started,
        new Counters<>(Counter.class),
        System::nanoTime);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(2, TimeUnit.MINUTES)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
