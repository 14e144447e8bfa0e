// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.Dig;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.UdpClient;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Type;

/** A client that takes the cookie of one node to another. */
final class CookieClusterTest {
  private static final int COOKIE = 10;
  private static final String CONFIGURATION =
      """
      anteroom {
        listeners = [ { transport = udp, address = "127.0.0.1:0" } ]
        zones = [ { origin = "anteroom.test" } ]
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

  private static byte[] ask(DnsClient client, byte[] cookie) {
    OPTRecord opt = new OPTRecord(1232, 0, 0, 0, List.of(new GenericEDNSOption(COOKIE, cookie)));
    Message query = DnsMessages.message(7, "www.anteroom.test", Type.A);
    Message answer = client.ask(DnsMessages.with(query, opt));
    byte[] option = answer.getOPT().getOptions(COOKIE).get(0).toWire();
    return Arrays.copyOfRange(option, 4, option.length);
  }

  @Test
  void cookieOfOneNode_isValidAtTheOther() throws Exception {
    Node one = rig.start(CONFIGURATION.formatted(""));
    Node two = rig.start(CONFIGURATION.formatted('"' + ClusterRig.seed(one) + '"'));
    try (DnsClient ofOne = new UdpClient("127.7.0.1", ClusterRig.dns(one));
        DnsClient ofTwo = new UdpClient("127.7.0.1", ClusterRig.dns(two))) {
      await()
          .atMost(Dig.PATIENCE)
          .pollInSameThread()
          .untilAsserted(
              () -> {
                ask(ofTwo, ask(ofOne, new byte[8]));
                assertThat(two.counters().get(Counter.COOKIES_VALID)).isPositive();
              });
      byte[] given = ask(ofTwo, new byte[8]);
      assertThat(ask(ofOne, given)).isEqualTo(given);
    }
  }
}
