// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.listener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.config.TcpListenerSettings;
import io.anteroom.node.config.UdpListenerSettings;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.Counters;
import io.anteroom.node.listener.OpenSockets.OpenSocket;
import io.anteroom.node.net.EventLoops;
import io.anteroom.node.testing.FreePorts;
import io.anteroom.protocol.Transport;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class OpenSocketsTest {
  private final EventLoops loops = new EventLoops(2);
  private final Counters<Counter> counters = new Counters<>(Counter.class);
  private final Acl acl = new Acl(List::of, counters);
  private final Set<String> machine = new ConcurrentSkipListSet<>(Set.of("127.0.0.1"));
  private final int port = FreePorts.inARow(1);
  private OpenSockets open;

  @AfterEach
  void close() {
    open.close();
    loops.shutdown();
  }

  private void open(Transport transport, String address) throws IOException {
    InetSocketAddress at = new InetSocketAddress(address, port);
    open =
        OpenSockets.open(
            List.of(
                transport == Transport.UDP
                    ? UdpListenerSettings.of(at)
                    : TcpListenerSettings.of(at)),
            0,
            loops,
            acl,
            counters,
            () -> machine.stream().map(OpenSocketsTest::address));
  }

  private static InetAddress address(String text) {
    return new InetSocketAddress(text, 0).getAddress();
  }

  private static List<String> hosts(List<OpenSocket> sockets) {
    return sockets.stream()
        .map(socket -> (InetSocketAddress) socket.channel().localAddress())
        .map(address -> address.getAddress().getHostAddress())
        .distinct()
        .toList();
  }

  @Test
  void udpWildcard_hasASocketForEachAddressOfItsFamily() throws IOException {
    machine.add("127.0.0.2");
    machine.add("::1");

    open(Transport.UDP, "0.0.0.0");

    assertThat(hosts(open.all())).containsExactlyInAnyOrder("127.0.0.1", "127.0.0.2");
  }

  @Test
  void udpWildcard_addressThatComesLater_getsSocketsOnAllLoops() throws IOException {
    open(Transport.UDP, "0.0.0.0");
    List<OpenSocket> later = new CopyOnWriteArrayList<>();
    open.follow(later::add);

    machine.add("127.0.0.3");
    machine.add("192.0.2.1");

    int loopsOfEach = (int) open.all().stream().map(OpenSocket::loop).distinct().count();
    await()
        .atMost(Duration.ofMinutes(2))
        .untilAsserted(() -> assertThat(later).hasSize(loopsOfEach));
    assertThat(hosts(later)).containsExactly("127.0.0.3");
    assertThat(hosts(open.all())).containsExactly("127.0.0.1", "127.0.0.3");
  }

  @Test
  void udpWildcard_addressThatCanNotBeBoundYet_isTriedAgain() throws IOException {
    open(Transport.UDP, "0.0.0.0");
    List<OpenSocket> later = new CopyOnWriteArrayList<>();
    try (var other = new java.net.DatagramSocket(new InetSocketAddress("127.0.0.4", port))) {
      open.follow(later::add);
      machine.add("127.0.0.4");
      machine.add("127.0.0.5");
      await().atMost(Duration.ofMinutes(2)).until(() -> hosts(later).contains("127.0.0.5"));
      assertThat(hosts(later)).containsExactly("127.0.0.5");
      assertThat(other.isBound()).isTrue();
    }

    await().atMost(Duration.ofMinutes(2)).until(() -> hosts(later).contains("127.0.0.4"));
  }

  @Test
  void tcpWildcardOfIpv4_doesNotAnswerOnIpv6() throws IOException {
    open(Transport.TCP, "0.0.0.0");

    new Socket("127.0.0.1", port).close();
    assertThatThrownBy(() -> new Socket("::1", port).close()).isInstanceOf(ConnectException.class);
  }

  @Test
  void tcpWildcardOfIpv6_doesNotAnswerOnIpv4() throws IOException {
    machine.add("::1");
    open(Transport.TCP, "::");

    new Socket("::1", port).close();
    assertThatThrownBy(() -> new Socket("127.0.0.1", port).close())
        .isInstanceOf(ConnectException.class);
  }
}
