// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.listener.OpenSockets;
import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnnouncementTest {
  private static final String LISTENERS =
      """
      listeners = [
        { transport = tcp, address = "127.0.0.1:0" }
        { transport = udp, address = "127.0.0.1:0" }
      ]
      """;

  @Test
  void where_namesTransportsAsBound() throws Exception {
    Announcement announcement = announcement("");

    assertThat(announcement.where()).isEqualTo("TCP 127.0.0.1:5001, UDP 127.0.0.1:5002");
  }

  @Test
  void toTry_nothingToPromise_isEmpty() throws Exception {
    assertThat(announcement("upstreams.default.servers = []").toTry()).isEmpty();
  }

  @Test
  void toTry_exampleFilterAndZone_showsWhatTheyDo() throws Exception {
    List<String> lines =
        announcement(
                """
                upstreams.default.servers = ["192.0.2.1"]
                filters.blocklist.async-id = 1
                embedded-blocklist = on
                zones = [ { origin = anteroom.test } ]
                """)
            .toTry();

    assertThat(lines)
        .satisfiesExactly(
            line -> assertThat(line).contains("dig @127.0.0.1 -p 5002 www.anteroom.test"),
            line -> assertThat(line).contains("blocked.anteroom.test", "REFUSED"),
            line -> assertThat(line).contains("example.com", "192.0.2.1:53"));
  }

  private static Announcement announcement(String settings) throws Exception {
    NodeConfiguration configuration =
        NodeConfiguration.parse("anteroom {\n" + LISTENERS + settings + "\n}");
    return new Announcement(
        configuration,
        List.of(
            new OpenSockets.Bound(Transport.TCP, new InetSocketAddress("127.0.0.1", 5001)),
            new OpenSockets.Bound(Transport.UDP, new InetSocketAddress("127.0.0.1", 5002))));
  }
}
