// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.port.ClusterPort;
import io.anteroom.node.testing.Cable;
import io.anteroom.node.testing.FreePorts;
import io.anteroom.protocol.FilterKeys;
import io.anteroom.protocol.sdk.MemberConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.pekko.actor.ActorIdentity;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.Identify;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.pattern.Patterns;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes that go from one cluster to another, or lose the one that they were about to join. */
final class MembershipClusterTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String CONFIGURATION =
      """
      anteroom {
        listeners = [ { transport = udp, address = "127.0.0.1:0" } ]
        upstreams.default { servers = ["127.0.0.1:1"] }
        zones = [ { origin = "anteroom.test" } ]
        cluster { port = %d, bind = "127.0.0.1:%d", seeds = [%s] }
        admin = off
        loops = 1
        drain = 1s
      }
      """;

  private final ClusterRig rig = new ClusterRig();
  private final int ports = FreePorts.inARow(4);

  @AfterEach
  void stop() {
    rig.close();
  }

  /**
   * The node that stays has a connection to the other from before, as it has if that one sent it
   * something while its predecessor was dying. All that it then sends to the member with which the
   * other joins must reach that member. The other does not know who it is that has the connection,
   * so it can close it only if no member of its own cluster could have it.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void node_thatWasSpokenTo_inAClusterOfItsOwn_goesOverToAnother(boolean withFilter)
      throws Exception {
    // So the one that goes can't ask the other which cluster it is in.
    Cable cable = Cable.between(ports, ports + 2);
    rig.atEnd(cable::close);
    cable.cut();
    Node stays = rig.start(configuration(ports, ports + 2, ports, ports + 1));
    Node goes = rig.start(configuration(ports + 1, ports + 1, ports, ports + 1));
    if (withFilter) {
      rig.filterSystem(goes);
    }

    cable.mend();
    askWhoIsThere(goes.system(), ports);

    ClusterRig.awaitMembers(stays, 2);
    await().atMost(PATIENCE).until(() -> members(goes) == 2 && goes.localShards().size() > 0);
  }

  private static String configuration(int port, int bind, int... seeds) {
    String all =
        Arrays.stream(seeds)
            .mapToObj(seed -> "\"127.0.0.1:" + seed + '"')
            .collect(Collectors.joining(","));
    return CONFIGURATION.formatted(port, bind, all);
  }

  /** Sends something to the member at this port and waits for the answer. */
  private static void askWhoIsThere(ActorSystem<?> from, int port) throws Exception {
    Address address = new Address("pekko", FilterKeys.SYSTEM, "127.0.0.1", port);
    var user = Adapter.toClassic(from).actorSelection(address + "/user");
    Object answer = Patterns.ask(user, new Identify(1), PATIENCE).toCompletableFuture().get();
    assertThat(((ActorIdentity) answer).getActorRef()).isPresent();
  }

  private static long members(Node node) {
    return StreamSupport.stream(
            Cluster.get(node.system()).state().getMembers().spliterator(), false)
        .filter(member -> member.status() == MemberStatus.up())
        .count();
  }

  /** Nobody can be brought up in a cluster of which a member is lost, until that is removed. */
  @Test
  void node_whoseClusterIsLost_beforeItIsUp_beginsItsOwn() throws Exception {
    ClusterPort port =
        ClusterPort.open(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), ports),
            null,
            new Counters<>(Counter.class));
    rig.atEnd(port::close);
    ActorSystem<Void> lost = member(ports + 1, ports + 1);
    ActorSystem<Void> seed = member(ports, ports + 2);
    port.forwardTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), ports + 2));
    Address address = Cluster.get(seed).selfMember().address();
    Cluster.get(seed).manager().tell(Join.create(address));
    Cluster.get(lost).manager().tell(Join.create(address));
    await()
        .atMost(PATIENCE)
        .until(() -> Cluster.get(lost).selfMember().status() == MemberStatus.up());
    end(lost);
    await().atMost(PATIENCE).until(() -> !Cluster.get(seed).state().getUnreachable().isEmpty());
    long uid = Cluster.get(seed).selfMember().uniqueAddress().longUid();
    port.greetWith(
        "anteroom-standing 1\naddress 127.0.0.1:%d\nstate UP\nnode 127.0.0.1:%d %d reachable\n"
            .formatted(ports, ports, uid)
            .getBytes(StandardCharsets.UTF_8));
    Node node = Node.start(NodeConfiguration.parse(configuration(ports + 3, ports + 3, ports)));
    rig.atEnd(() -> ClusterRig.stop(node));
    await().atMost(PATIENCE).until(() -> isJoining(node, seed));

    port.close();
    end(seed);

    await().atMost(PATIENCE).until(node.whenReady().toCompletableFuture()::isDone);
    assertThat(members(node)).isEqualTo(1);
  }

  /** A member of the role node that runs nothing. */
  private ActorSystem<Void> member(int port, int boundPort) {
    Config own =
        ConfigFactory.parseMap(
            Map.of(
                "pekko.remote.artery.bind.hostname",
                "127.0.0.1",
                "pekko.remote.artery.bind.port",
                boundPort,
                // It ends without a word to the others.
                "pekko.coordinated-shutdown.run-by-actor-system-terminate",
                "off"));
    ActorSystem<Void> member =
        ActorSystem.create(
            Behaviors.empty(),
            FilterKeys.SYSTEM,
            own.withFallback(
                MemberConfig.config("127.0.0.1", port, FilterKeys.NODE_ROLE, false, null)));
    rig.atEnd(() -> end(member));
    return member;
  }

  private static void end(ActorSystem<Void> member) {
    member.terminate();
    await().atMost(PATIENCE).until(member.getWhenTerminated().toCompletableFuture()::isDone);
  }

  private static boolean isJoining(Node node, ActorSystem<?> seed) {
    Member self = Cluster.get(node.system()).selfMember();
    for (Member member : Cluster.get(seed).state().getMembers()) {
      if (member.uniqueAddress().equals(self.uniqueAddress())) {
        return self.status() == MemberStatus.joining() || self.status() == MemberStatus.weaklyUp();
      }
    }
    return false;
  }
}
