// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerText;
import io.anteroom.node.flow.Answered;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.TlsFiles;
import io.anteroom.node.testing.Unbound;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server of others, over TLS and HTTPS. */
class UnboundActorTest {
  private static final int QUERIES = 200;

  @TempDir private static Path dir;
  private static Unbound unbound;

  @BeforeAll
  static void start() throws Exception {
    unbound = Unbound.start(dir, TlsFiles.make(dir, "unbound", "DNS:dns.example,IP:127.0.0.1"));
  }

  @AfterAll
  static void stop() {
    unbound.close();
  }

  private static PoolSettings pool(String server) {
    String text =
        server
            .replace("TLS", "127.0.0.1:" + unbound.overTls().getPort())
            .replace("HTTPS_PORT", Integer.toString(unbound.overHttps().getPort()));
    return PoolRig.patient(ServerText.parseAll(text, ServerText.Ports.DEFAULT, dir));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dns+tls://TLS?hostname=dns.example&ca=unbound.crt",
        "https://127.0.0.1:HTTPS_PORT/dns-query?hostname=127.0.0.1&ca=unbound.crt",
        "https://dns.example:HTTPS_PORT/dns-query?address=127.0.0.1&ca=unbound.crt",
      })
  void queries_areAnswered_andLaterConnectionsResumeTheSession(String server) throws Exception {
    long resumed = unbound.count("num.query.tls.resume");
    try (PoolRig rig = new PoolRig(pool(server))) {
      for (int i = 0; i < 3; i++) {
        for (int query = 0; query < QUERIES; query++) {
          rig.ask(query % 2 == 0 ? Unbound.NAME : "n" + query + ".unbound.example");
        }
        for (int query = 0; query < QUERIES; query++) {
          check(rig.expectAnyAnswered());
        }
        awaitNewConnection(rig);
      }
      assertThat(rig.count(Counter.UPSTREAM_TLS_VERIFIED)).isEqualTo(1);
      assertThat(rig.count(Counter.UPSTREAM_STREAMS_FAILED)).isZero();
    }
    assertThat(unbound.count("num.query.tls.resume")).isGreaterThan(resumed);
  }

  /** The pool closes a connection that is idle, and opens another one for the next query. */
  private static void awaitNewConnection(PoolRig rig) {
    long before = rig.count(Counter.UPSTREAM_TLS_CONNECTIONS);
    AtomicBoolean asks = new AtomicBoolean();
    await()
        .atMost(PoolRig.PATIENCE)
        .until(
            () -> {
              if (asks.getAndSet(!asks.get())) {
                rig.ask(Unbound.NAME);
                check(rig.expectAnyAnswered());
              } else {
                rig.skip(Duration.ofSeconds(11));
              }
              return rig.count(Counter.UPSTREAM_TLS_CONNECTIONS) > before;
            });
  }

  private static void check(Answered answered) throws Exception {
    byte[] bytes = answered.answer().bytes();
    boolean known = PoolRig.nameOf(answered.query()).equals(Unbound.NAME + ".");
    assertThat(answered.answer().rcode()).isEqualTo(known ? 0 : 3);
    if (known) {
      int address = answered.query().wire().questionEnd() + 12;
      assertThat(Arrays.copyOfRange(bytes, address, address + 4))
          .isEqualTo(InetAddress.getByName(Unbound.ADDRESS).getAddress());
    }
  }
}
