// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.config.ConnectionLimits;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.listener.TcpAdmission.Seat;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class TcpAdmissionTest {
  private final long seed = new Random().nextLong();
  private final Counters<Counter> counters = new Counters<>(Counter.class);
  private final List<EmbeddedChannel> channels = new ArrayList<>();

  @AfterEach
  void close() {
    channels.forEach(EmbeddedChannel::finishAndReleaseAll);
  }

  @Test
  void connections_ofOneClient_areBounded_byAddressOrNetworkOf64Bits() {
    TcpAdmission admission = admission(100, 3);
    assertThat(admitted(admission, "192.0.2.1", 9)).isEqualTo(3);
    assertThat(admitted(admission, "2001:db8::1", 2)).isEqualTo(2);
    assertThat(admitted(admission, "2001:db8::ffff", 9)).isEqualTo(1);
    assertThat(admitted(admission, "2001:db8:0:1::1", 9)).isEqualTo(3);
  }

  @Test
  void connections_ofOneNetwork_mayBeHalfOfAll() {
    TcpAdmission admission = admission(10, 3);
    assertThat(admitted(admission, "192.0.2.1", 9)).isEqualTo(3);
    assertThat(admitted(admission, "192.0.2.2", 9)).isEqualTo(2);
    assertThat(counters.get(Counter.TCP_GAVE_WAY)).isZero();
  }

  @Test
  void listenerThatIsFull_admitsNobody_whereAllHaveOneConnection() {
    TcpAdmission admission = admission(10, 3);
    for (int i = 0; i < 10; i++) {
      assertThat(admitted(admission, "192.0." + i + ".1", 1)).isEqualTo(1);
    }
    assertThat(admitted(admission, "198.51.100.1", 1)).isZero();
  }

  @Test
  void connectionThatLeaves_makesRoom_andLeavesOnce() {
    TcpAdmission admission = admission(2, 2);
    Seat first = admit(admission, "192.0.2.1");
    admit(admission, "192.0.3.1");
    admission.leave(first);
    admission.leave(first);
    assertThat(admitted(admission, "192.0.4.1", 2)).isEqualTo(1);
  }

  @Test
  void queries_ofOneClient_areBounded_onAllItsConnections() {
    TcpAdmission admission = admission(100, 10);
    TcpAdmission.Seat one = admit(admission, "192.0.2.1");
    TcpAdmission.Seat two = admit(admission, "192.0.2.1");
    TcpAdmission.Seat other = admit(admission, "192.0.2.2");
    one.took();
    one.took();
    two.took();

    assertThat(one.mayTake()).isFalse();
    assertThat(two.mayTake()).isFalse();
    assertThat(other.mayTake()).isTrue();
    one.gave(2);
    assertThat(two.mayTake()).isTrue();
  }

  @Test
  void busyNetworks_keepNobodyOut() {
    TcpAdmission admission = admission(1_000, 500);
    assertThat(admitted(admission, "192.0.2.1", 500)).isEqualTo(500);
    assertThat(admitted(admission, "192.0.3.1", 500)).isEqualTo(500);
    // As long as each of the two has more than a quarter.
    for (int i = 0; i < 400; i++) {
      String other = "198." + i / 250 + "." + i % 250 + ".1";
      assertThat(admitted(admission, other, 1)).as("seed %d, %s", seed, other).isEqualTo(1);
    }
    assertThat(counters.get(Counter.TCP_GAVE_WAY)).isEqualTo(400);
    assertThat(channels.stream().filter(channel -> !channel.isOpen())).hasSize(400);
    assertThat(channels.subList(1_000, 1_400)).allMatch(EmbeddedChannel::isOpen);
  }

  @Test
  void connectionThatGivesWay_isTheLongestIdleOne_ofTheClientWithTheMost() {
    TcpAdmission admission = admission(10, 9);
    for (int i = 0; i < 4; i++) {
      admit(admission, "192.0.2.1").idle(100 - i);
    }
    for (int i = 0; i < 4; i++) {
      admit(admission, "192.0.2.2").idle(1);
    }
    admit(admission, "192.0.2.1").busy();
    admit(admission, "192.0.4.1").idle(0);
    assertThat(admitted(admission, "192.0.5.1", 1)).isEqualTo(1);
    assertThat(channels.get(3).isOpen()).as("seed %d", seed).isFalse();
    assertThat(counters.get(Counter.TCP_GAVE_WAY)).isEqualTo(1);
  }

  @Test
  void clientWithMostConnectionsOfAFullNetwork_givesWayToItsNeighbour() {
    TcpAdmission admission = admission(10, 5);
    assertThat(admitted(admission, "192.0.2.1", 5)).isEqualTo(5);
    assertThat(admitted(admission, "192.0.2.2", 5)).isEqualTo(2);
    assertThat(channels.stream().filter(channel -> !channel.isOpen())).hasSize(2);
  }

  private TcpAdmission admission(int connections, int perClient) {
    var limits = new ConnectionLimits(Duration.ofSeconds(1), connections, perClient, 5, 3);
    return new TcpAdmission(limits, 1_000, counters, new Random(seed));
  }

  private Seat admit(TcpAdmission admission, String from) {
    EmbeddedChannel channel = new EmbeddedChannel();
    channels.add(channel);
    try {
      return admission.admit(channel, InetAddress.getByName(from));
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private int admitted(TcpAdmission admission, String from, int attempts) {
    int admitted = 0;
    for (int i = 0; i < attempts; i++) {
      admitted += admit(admission, from) == null ? 0 : 1;
    }
    return admitted;
  }
}
