// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KernelDropsTest {
  @TempDir private Path directory;

  @Test
  void drops_ofOurPorts_areAdded() throws IOException {
    Path table =
        Files.writeString(
            directory.resolve("udp"),
            """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
             321: 0100007F:14EA 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 18 2 0000000000000000 7
             322: 0100007F:14EA 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 19 2 0000000000000000 5
             323: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 20 2 0000000000000000 100
            """);
    assertThat(new KernelDrops(Set.of(5354), List.of(table)).count()).isEqualTo(12);
  }

  @Test
  void systemWithoutSuchATable_countsNothing() {
    KernelDrops drops = new KernelDrops(Set.of(53), List.of(directory.resolve("none")));
    assertThat(drops.areCounted()).isFalse();
    assertThat(drops.count()).isZero();
  }

  @Test
  void datagramsThatFindNoRoom_areCounted() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (DatagramSocket full = new DatagramSocket(0, loopback);
        DatagramSocket sender = new DatagramSocket()) {
      full.setReceiveBufferSize(4_096);
      KernelDrops drops = new KernelDrops(Set.of(full.getLocalPort()));
      assertThat(drops.areCounted()).isTrue();
      for (int i = 0; i < 100; i++) {
        sender.send(new DatagramPacket(new byte[1_000], 1_000, loopback, full.getLocalPort()));
      }
      assertThat(drops.count()).isBetween(1L, 100L);
    }
  }
}
