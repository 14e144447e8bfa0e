// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import static io.anteroom.node.upstream.PoolRig.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.ChannelFlag;
import io.anteroom.node.config.PoolSettings;
import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.config.SocketSettings;
import io.anteroom.node.config.TrySettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.wire.WireAnswer;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** c-ares' flags and options, as a server sees them. */
class ChannelOptionsActorTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  private static PoolSettings with(ChannelFlag flag, ScriptedServer... servers) {
    return settings(LONG, servers).withFlags(Set.of(ChannelFlag.EDNS, flag));
  }

  private static PoolSettings sockets(
      ScriptedServer server, @Nullable InetAddress local, int ednsSize) {
    return settings(LONG, server)
        .withSockets(
            new SocketSettings(
                2, 100, Duration.ofSeconds(60), 100, local, 1 << 16, 1 << 16, ednsSize, true));
  }

  private static void truncatedOverUdp(Asked asked) {
    if (asked.tcp()) {
      asked.answer();
    } else {
      asked.truncated();
    }
  }

  @Test
  void useVc_everythingOverOneConnection() {
    try (ScriptedServer server = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(with(ChannelFlag.USE_VC, server))) {
      for (int i = 0; i < 10; i++) {
        rig.expectTrueAnswer(rig.ask("n" + i + ".example"));
      }
      assertThat(server.queries()).extracting(Asked::tcp).containsOnly(true);
      assertThat(server.connections()).isEqualTo(1);
      assertThat(rig.count(Counter.UPSTREAM_SOCKETS)).isEqualTo(1);
    }
  }

  @Test
  void useVc_serverThatRefusesEdns_askedWithoutOverTcp() {
    ScriptedServer.Script script =
        q -> {
          if (q.hasEdns()) {
            q.rcode(1);
          } else {
            q.answer();
          }
        };
    try (ScriptedServer server = ScriptedServer.start(script);
        PoolRig rig = new PoolRig(with(ChannelFlag.USE_VC, server))) {
      rig.expectTrueAnswer(rig.ask("www.example"));
      assertThat(server.queries()).extracting(Asked::tcp).containsExactly(true, true);
    }
  }

  @Test
  void ignoreTc_truncatedAnswerIsTheAnswer() {
    try (ScriptedServer server = ScriptedServer.start(Asked::truncated);
        PoolRig rig = new PoolRig(with(ChannelFlag.IGNORE_TC, server))) {
      WireAnswer answer = rig.expectAnswered(rig.ask("www.example")).answer();
      assertThat(answer.truncated()).isTrue();
      assertThat(server.queries()).hasSize(1);
    }
  }

  @Test
  void noRecurse_rdIsClear() {
    try (ScriptedServer server = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(with(ChannelFlag.NO_RECURSE, server));
        PoolRig other = new PoolRig(settings(LONG, server))) {
      rig.expectTrueAnswer(rig.ask("one.example"));
      other.expectTrueAnswer(other.ask("two.example"));
      assertThat(server.queries("one.example").get(0).flags() & 0x100).isZero();
      assertThat(server.queries("two.example").get(0).flags() & 0x100).isEqualTo(0x100);
    }
  }

  @Test
  void noCheckResp_refusalIsTheAnswer() {
    try (ScriptedServer refuses = ScriptedServer.start(q -> q.rcode(5));
        ScriptedServer good = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(with(ChannelFlag.NO_CHECK_RESP, refuses, good))) {
      assertThat(rig.expectAnswered(rig.ask("www.example")).answer().rcode()).isEqualTo(5);
      assertThat(good.queries()).isEmpty();
    }
  }

  @Test
  void failoverOn_theseRcodesAndNoOthers() {
    try (ScriptedServer first = ScriptedServer.start(q -> q.rcode(3));
        ScriptedServer good = ScriptedServer.start(Asked::answer)) {
      TrySettings d = TrySettings.DEFAULT;
      TrySettings onNxdomain =
          new TrySettings(d.timeout(), d.maxTimeout(), d.tries(), d.deadline(), Set.of(3));
      try (PoolRig rig = new PoolRig(settings(LONG, first, good).withTries(onNxdomain))) {
        rig.expectTrueAnswer(rig.ask("www.example"));
        first.script(q -> q.rcode(2));
        good.script(q -> q.rcode(2));
        assertThat(rig.expectAnswered(rig.ask("two.example")).answer().rcode()).isEqualTo(2);
      }
    }
  }

  @Test
  void ednsSize_isAnnounced() {
    try (ScriptedServer server = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(sockets(server, null, 4_000))) {
      rig.expectTrueAnswer(rig.ask("www.example"));
      byte[] opt = server.queries().get(0).additional();
      assertThat((opt[3] & 0xff) << 8 | opt[4] & 0xff).isEqualTo(4_000);
    }
  }

  @Test
  void localAddress_isTheSourceOverUdpAndTcp() throws UnknownHostException {
    InetAddress local = InetAddress.getByName("127.0.0.2");
    try (ScriptedServer server = ScriptedServer.start(ChannelOptionsActorTest::truncatedOverUdp);
        PoolRig rig = new PoolRig(sockets(server, local, 1_232))) {
      rig.expectTrueAnswer(rig.ask("www.example"));
      assertThat(server.queries()).hasSize(2);
      assertThat(server.queries()).extracting(Asked::sourceAddress).containsOnly(local);
    }
  }

  @Test
  void localAddress_ofTheOtherFamily_isNotUsed() throws UnknownHostException {
    try (ScriptedServer server = ScriptedServer.start(Asked::answer);
        PoolRig rig = new PoolRig(sockets(server, InetAddress.getByName("2001:db8::1"), 1_232))) {
      rig.expectTrueAnswer(rig.ask("www.example"));
    }
  }

  @Test
  void tcpPort_isAskedOverTcp() {
    try (ScriptedServer udp = ScriptedServer.start(ChannelOptionsActorTest::truncatedOverUdp);
        ScriptedServer tcp = ScriptedServer.start(Asked::answer)) {
      ServerSettings server = new ServerSettings(udp.address(), tcp.address().getPort(), null, 1);
      try (PoolRig rig = new PoolRig(settings(LONG, udp).withServers(List.of(server)))) {
        rig.expectTrueAnswer(rig.ask("www.example"));
        assertThat(udp.queries()).extracting(Asked::tcp).containsExactly(false);
        assertThat(tcp.queries()).extracting(Asked::tcp).containsExactly(true);
      }
    }
  }
}
