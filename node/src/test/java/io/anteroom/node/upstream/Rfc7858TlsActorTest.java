// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static io.anteroom.node.upstream.PoolRig.settings;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.flow.Answered;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Unanswered;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TlsIdentity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Servers over TLS, by name and by pin. */
class Rfc7858TlsActorTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  /** The length of an OPT record without options. */
  private static final int OPT = 11;

  private static final String NAMES = "dns:dns.example,ip:127.0.0.1";

  @TempDir private static Path dir;
  private static TlsIdentity trusted;
  private static TlsIdentity stranger;

  @BeforeAll
  static void makeKeys() {
    trusted = TlsIdentity.make(dir, NAMES);
    stranger = TlsIdentity.make(dir, NAMES);
    TlsIdentity.trustOnly(dir, List.of(trusted));
  }

  @AfterAll
  static void trustTheUsual() {
    TlsIdentity.trustTheUsual();
  }

  private static ScriptedServer start(TlsIdentity identity) {
    return ScriptedServer.start(Asked::answer, identity.serverSockets());
  }

  private static PoolSettings pool(ScriptedServer server, @Nullable String name, String... pins) {
    ServerSettings.Tls tls = new ServerSettings.Tls(name, Set.of(pins));
    int port = server.address().getPort();
    return PoolRig.tries(settings(LONG, server), 2)
        .withServers(List.of(new ServerSettings(server.address(), port, tls, 1)));
  }

  private static void assertRefused(ScriptedServer server, PoolSettings settings) {
    try (PoolRig rig = new PoolRig(settings)) {
      rig.expectUnanswered(rig.ask("www.example"), Unanswered.Reason.NETWORK);
      assertThat(server.queries()).isEmpty();
      assertThat(rig.count(Counter.UPSTREAM_TLS_FAILED)).isEqualTo(2);
      assertThat(rig.count(Counter.UPSTREAM_NETWORK)).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"dns.example", "127.0.0.1"})
  void rightName_manyQueriesOverOneConnection(String name) {
    try (ScriptedServer server = start(trusted);
        PoolRig rig = new PoolRig(pool(server, name))) {
      for (int i = 0; i < 50; i++) {
        rig.ask("n" + i + ".example");
      }
      for (int i = 0; i < 50; i++) {
        PoolRig.assertTrue((Answered) rig.origin.receiveMessage(PoolRig.PATIENCE));
      }
      assertThat(server.queries()).extracting(Asked::tcp).containsOnly(true);
      assertThat(server.connections()).isEqualTo(1);
      assertThat(rig.count(Counter.UPSTREAM_SOCKETS)).isEqualTo(1);
      assertThat(rig.count(Counter.UPSTREAM_TLS_FAILED)).isZero();
    }
  }

  /** RFC 8467 section 4.1; and a server that knows no options gets none. */
  @Test
  void queries_arePadded_unlessTheServerKnowsNoOptions() {
    ScriptedServer.Script script =
        q -> {
          if (q.additional().length > OPT && q.name().startsWith("old.")) {
            q.rcodeWithOpt(1);
          } else {
            q.answer();
          }
        };
    try (ScriptedServer server = ScriptedServer.start(script, trusted.serverSockets());
        PoolRig rig = new PoolRig(pool(server, "dns.example"))) {
      rig.expectTrueAnswer(rig.ask("www.example"));
      rig.expectTrueAnswer(rig.ask("long.name.of.some.host.example"));
      assertThat(server.queries()).allSatisfy(query -> assertThat(query.bytes()).hasSize(128));
      rig.expectTrueAnswer(rig.ask("old.example"));
      assertThat(server.queries("old.example"))
          .extracting(query -> query.additional().length > OPT)
          .containsExactly(true, false);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"other.example", "127.0.0.2"})
  void wrongName_networkError(String name) {
    try (ScriptedServer server = start(trusted)) {
      assertRefused(server, pool(server, name));
    }
  }

  @Test
  void rightNameOfAStranger_networkError() {
    try (ScriptedServer server = start(stranger)) {
      assertRefused(server, pool(server, "dns.example"));
    }
  }

  @Test
  void rightPinOfAStranger_answered() {
    try (ScriptedServer server = start(stranger);
        PoolRig rig = new PoolRig(pool(server, null, trusted.pin(), stranger.pin()))) {
      rig.expectTrueAnswer(rig.ask("www.example"));
    }
  }

  @Test
  void wrongPin_networkError() {
    try (ScriptedServer server = start(stranger)) {
      assertRefused(server, pool(server, null, trusted.pin()));
    }
  }

  @Test
  void nameAndPin_bothMustBeRight() {
    try (ScriptedServer server = start(trusted);
        PoolRig rig = new PoolRig(pool(server, "dns.example", trusted.pin()))) {
      rig.expectTrueAnswer(rig.ask("www.example"));
    }
    try (ScriptedServer server = start(trusted)) {
      assertRefused(server, pool(server, "dns.example", stranger.pin()));
      assertRefused(server, pool(server, "other.example", trusted.pin()));
    }
  }

  @Test
  void connectionClosedInTheMiddle_askedOnceMoreOnANewOne() {
    AtomicInteger queries = new AtomicInteger();
    ScriptedServer.Script script =
        q -> {
          if (queries.incrementAndGet() == 1) {
            q.closeInTheMiddle();
          } else {
            q.answer();
          }
        };
    try (ScriptedServer server = ScriptedServer.start(script, trusted.serverSockets());
        PoolRig rig = new PoolRig(PoolRig.tries(pool(server, "dns.example"), 1))) {
      rig.expectTrueAnswer(rig.ask("www.example"));
      assertThat(rig.count(Counter.UPSTREAM_CONNECTIONS_LOST)).isEqualTo(1);
      assertThat(rig.count(Counter.UPSTREAM_SOCKETS)).isEqualTo(2);
    }
  }

  @Test
  void serverWithoutTls_notAskedInTheClear() {
    Duration patience = Duration.ofMillis(300);
    try (ScriptedServer server = ScriptedServer.start(Asked::answer);
        PoolRig rig =
            new PoolRig(
                pool(server, "dns.example").withTries(settings(patience, server).tries()))) {
      rig.ask("www.example");
      assertThat(rig.origin.receiveMessage(PoolRig.PATIENCE)).isInstanceOf(Unanswered.class);
      assertThat(server.queries()).isEmpty();
    }
  }

  @Test
  void failures_manyInARow_oneLineInTheLog() {
    Logger logger = (Logger) LoggerFactory.getLogger(ConnectionTrouble.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    try (ScriptedServer server = start(trusted);
        PoolRig rig = new PoolRig(pool(server, "other.example"))) {
      rig.expectUnanswered(rig.ask("one.example"), Unanswered.Reason.NETWORK);
      rig.expectUnanswered(rig.ask("two.example"), Unanswered.Reason.NETWORK);
    } finally {
      logger.detachAppender(lines);
    }
    assertThat(lines.list).extracting(ILoggingEvent::getLevel).containsExactly(Level.WARN);
    assertThat(lines.list.get(0).getFormattedMessage())
        .contains("over TLS")
        .contains("other.example");
  }
}
