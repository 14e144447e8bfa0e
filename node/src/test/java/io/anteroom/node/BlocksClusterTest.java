// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.UdpClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** A client that asks one node too much, and then another. */
final class BlocksClusterTest {
  private static final String CLIENT = "127.7.0.1";
  private static final String CONFIGURATION =
      """
      anteroom {
        listeners = [ { transport = udp, address = "127.0.0.1:0" } ]
        zones = [ { origin = "anteroom.test" } ]
        blocks {
          exclude = []
          rules = [ { name = many, query-rate.above = 2, window = 2s, action = refuse, for = 3s } ]
        }
        cluster { port = 0, seeds = [%s] }
        admin = off
        loops = 1
        drain = 0s
      }
      """;

  private final ClusterRig rig = new ClusterRig();

  @AfterEach
  void end() {
    rig.close();
  }

  private static int rcode(DnsClient client) {
    return client.ask(DnsMessages.query(7, "www.anteroom.test", Type.A)).getRcode();
  }

  @Test
  void client_blockedByOneNode_isBlockedByAll_untilItsTimeIsUp() throws Exception {
    Node one = rig.start(CONFIGURATION.formatted(""));
    Node two = rig.start(CONFIGURATION.formatted('"' + ClusterRig.seed(one) + '"'));
    ClusterRig.awaitMembers(one, 2);
    try (DnsClient ofOne = new UdpClient(CLIENT, ClusterRig.dns(one));
        DnsClient ofTwo = new UdpClient(CLIENT, ClusterRig.dns(two));
        DnsClient other = new UdpClient("127.7.0.2", ClusterRig.dns(two))) {
      assertThat(rcode(ofTwo)).isEqualTo(Rcode.NOERROR);
      await().pollInSameThread().until(() -> rcode(ofOne) == Rcode.REFUSED);

      await().until(() -> !two.limits().blocks().isEmpty());
      assertThat(rcode(ofTwo)).isEqualTo(Rcode.REFUSED);
      assertThat(rcode(other)).isEqualTo(Rcode.NOERROR);
      assertThat(one.counters().get(Counter.BLOCKS_BEGUN)).isPositive();
      assertThat(two.counters().get(Counter.BLOCKS_BEGUN)).isZero();

      await().until(() -> two.limits().blocks().isEmpty() && one.limits().blocks().isEmpty());
      assertThat(rcode(ofTwo)).isEqualTo(Rcode.NOERROR);
      assertThat(rcode(ofOne)).isEqualTo(Rcode.NOERROR);
    }
  }
}
