// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.ProxyBytes.LOCAL;
import static io.anteroom.node.testing.ProxyBytes.client;
import static io.anteroom.node.testing.ProxyBytes.header;
import static io.anteroom.node.testing.ProxyBytes.joined;
import static io.anteroom.node.testing.ProxyBytes.tlv;
import static io.anteroom.node.testing.ProxyBytes.withChecksum;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.HttpsClient;
import io.anteroom.node.testing.ProxyBytes;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TcpClient;
import io.anteroom.node.testing.TestFilter;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.TlsFiles;
import io.anteroom.node.testing.TlsHandshake;
import io.anteroom.node.testing.UdpClient;
import io.anteroom.protocol.FilterRequest;
import io.anteroom.protocol.Transport;
import io.anteroom.protocol.Verdict;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** Clients behind proxies that speak the PROXY protocol, over each transport that can have it. */
final class ProxyProtocolTest {
  private static final String PROXY = "127.0.0.3";
  private static final String CLIENT = "10.9.8.7";
  private static final int PORT = 4711;

  private static final ScriptedServer upstream = ScriptedServer.start(Asked::answer);
  private static final TestFilter judge = new TestFilter();
  private static TestNode node;

  @BeforeAll
  static void start() {
    String proxies = "proxy-protocol { version = v2, from = [\"127.0.0.3\"], timeout = 1m }";
    node =
        TestNode.start(
            """
            listeners = [
              { transport = udp, address = "127.0.0.1:0", %1$s }
              { transport = tcp, address = "127.0.0.1:0", %2$s }
              { transport = tls, address = "127.0.0.1:0", %3$s, tls %4$s }
              { transport = https, address = "127.0.0.1:0", %3$s, tls %4$s }
              { transport = tcp, address = "127.0.0.1:0"
                proxy-protocol { from = ["127.0.0.3"], timeout = 100ms } }
              { transport = tcp, address = "127.0.0.1:0", max-connections-per-client = 1
                proxy-protocol { from = ["127.0.0.3"] } }
              { transport = udp, address = "127.0.0.1:0", %6$s }
              { transport = tcp, address = "127.0.0.1:0", %6$s }
              { transport = https, address = "127.0.0.1:0", %6$s, tls %4$s }
            ]
            upstreams.default.servers = ["127.0.0.1:%5$d"]
            filters.judge { async-id = 1, timeout = 60s, on-timeout = servfail }
            rules.query = [
              { match { suffix = ["ask.example"] }, action { suspend = judge } }
              { match { suffix = ["net.example"], client = ["10.9.8.0/24"] }, action = nxdomain }
            ]
            """
                .formatted(
                    proxies,
                    proxies,
                    proxies,
                    TlsFiles.ofThisRun().block(),
                    upstream.address().getPort(),
                    "proxy-protocol { from = [\"127.0.0.3\"], acl = proxies }"),
            Map.of("judge", judge));
  }

  @AfterAll
  static void stop() {
    node.close();
    upstream.close();
  }

  @AfterEach
  void allHasEnded() {
    node.assertAtRest();
  }

  /** A client that has sent these bytes as a proxy does: over UDP before each query. */
  private static DnsClient proxied(Transport transport, byte[] header) {
    return proxied(transport, node.address(transport), header);
  }

  private static DnsClient proxied(Transport transport, InetSocketAddress server, byte[] header) {
    return switch (transport) {
      case UDP -> new UdpClient(PROXY, server);
      case TCP -> {
        TcpClient tcp = new TcpClient(PROXY, server);
        tcp.sendRaw(header);
        yield tcp;
      }
      case TLS -> TcpClient.tlsBehind(header, PROXY, server, TlsHandshake.PLAIN);
      case HTTPS -> HttpsClient.behind(header, PROXY, server);
      case QUIC, HTTPS3 -> throw new AssertionError("no proxy can stand before " + transport);
    };
  }

  private static int rcode(Transport transport, byte[] header, String name) {
    return rcode(transport, node.address(transport), header, name);
  }

  private static int rcode(
      Transport transport, InetSocketAddress server, byte[] header, String name) {
    byte[] query = DnsMessages.query(1, name, Type.A);
    try (DnsClient client = proxied(transport, server, header)) {
      client.send(transport == Transport.UDP ? joined(header, query) : query);
      return client.receiveAnswerTo(query).getRcode();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"UDP", "TCP", "TLS", "HTTPS"})
  void addressInTheHeader_isTheClient_forFiltersAndRules(Transport transport) {
    String name = transport.word() + ".ask.example";
    judge.on(name, Verdict.proceed());
    byte[] header = withChecksum(client(CLIENT, PORT, tlv(4, "filled up")), 0);

    assertThat(rcode(transport, header, name)).isEqualTo(Rcode.NOERROR);
    assertThat(judge.requests(name))
        .extracting(FilterRequest::client)
        .containsExactly(new InetSocketAddress(CLIENT, PORT));
    assertThat(rcode(transport, header, "www.net.example")).isEqualTo(Rcode.NXDOMAIN);
    byte[] other = client("fd00::1", PORT);
    assertThat(rcode(transport, other, "www.net.example")).isEqualTo(Rcode.NOERROR);
  }

  @ParameterizedTest
  @EnumSource(names = {"UDP", "TCP", "HTTPS"})
  void aclForProxies_admitsClientsOutsideOfIt(Transport transport) {
    List<InetSocketAddress> servers = node.addresses(transport);
    InetSocketAddress server = servers.get(servers.size() - 1);
    String name = transport.word() + ".acl.ask.example";
    judge.on(name, Verdict.proceed());

    assertThat(rcode(transport, server, client("203.0.113.5", PORT), name))
        .isEqualTo(Rcode.NOERROR);
    assertThat(judge.requests(name).get(0).client().getAddress().getHostAddress())
        .isEqualTo("203.0.113.5");
  }

  @ParameterizedTest
  @EnumSource(names = {"UDP", "TCP", "TLS", "HTTPS"})
  void proxyThatSpeaksForItself_isTheClient(Transport transport) {
    String name = transport.word() + ".local.ask.example";
    judge.on(name, Verdict.proceed());

    assertThat(rcode(transport, header(LOCAL, 0, new byte[0]), name)).isEqualTo(Rcode.NOERROR);
    assertThat(judge.requests(name).get(0).client().getAddress().getHostAddress()).isEqualTo(PROXY);
  }

  @ParameterizedTest
  @EnumSource(names = {"UDP", "TCP", "TLS", "HTTPS"})
  void clientThatIsNoProxy_isServedWithoutAHeader(Transport transport) {
    try (DnsClient client = node.client(transport)) {
      assertThat(client.ask(DnsMessages.query(1, "direct.example", Type.A)).getRcode())
          .isEqualTo(Rcode.NOERROR);
    }
  }

  @Test
  void clientOutsideTheAcl_getsNothing() {
    byte[] header = client("203.0.113.9", PORT);
    byte[] query = DnsMessages.query(1, "acl.example", Type.A);
    long before = node.count(Counter.ACL_DROPPED);

    try (UdpClient udp = new UdpClient(PROXY, node.address(Transport.UDP))) {
      udp.send(joined(header, query));
      node.awaitCount(Counter.ACL_DROPPED, before + 1);
    }
    try (TcpClient tcp = new TcpClient(PROXY, node.address(Transport.TCP))) {
      tcp.sendRaw(joined(header, TcpClient.framed(query)));
      tcp.awaitEnd();
      node.awaitCount(Counter.ACL_DROPPED, before + 2);
    }
    assertThat(upstream.queries("acl.example.")).isEmpty();
  }

  /** The same ID and question from one socket are of two clients, so neither repeats the other. */
  @Test
  void clientsBehindOneSocket_areTwo() {
    String name = "two.ask.example";
    byte[] query = DnsMessages.query(9, name, Type.A);
    try (UdpClient proxy = new UdpClient(PROXY, node.address(Transport.UDP))) {
      proxy.send(joined(client("10.0.0.1", PORT), query));
      TestFilter.Held first = judge.next();
      proxy.send(joined(client("10.0.0.2", PORT), query));
      TestFilter.Held second = judge.next();
      assertThat(List.of(first.request().client(), second.request().client()))
          .containsExactly(
              new InetSocketAddress("10.0.0.1", PORT), new InetSocketAddress("10.0.0.2", PORT));
      second.decide(Verdict.rcode(Rcode.REFUSED));
      assertThat(proxy.receiveAnswerTo(query).getRcode()).isEqualTo(Rcode.REFUSED);
      first.decide(Verdict.rcode(Rcode.NXDOMAIN));
      assertThat(proxy.receiveAnswerTo(query).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    }
  }

  @Test
  void limitOfConnections_isForTheClient_notForItsProxy() {
    InetSocketAddress server = node.addresses(Transport.TCP).get(2);
    List<TcpClient> open = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      TcpClient tcp = new TcpClient(PROXY, server);
      tcp.sendRaw(client("10.0.0." + i, PORT));
      tcp.ask(DnsMessages.query(1, "seat.example", Type.A));
      open.add(tcp);
    }
    try (TcpClient fourth = new TcpClient(PROXY, server)) {
      fourth.sendRaw(client("10.0.0.1", PORT + 1));
      assertThat(fourth.isClosed()).isTrue();
    }
    open.forEach(TcpClient::close);
  }

  @Test
  void header_inSingleBytes_isRead() {
    byte[] query = TcpClient.framed(DnsMessages.query(1, "bytes.net.example", Type.A));
    try (TcpClient tcp = new TcpClient(PROXY, node.address(Transport.TCP))) {
      for (byte one : joined(client(CLIENT, PORT), query)) {
        tcp.sendRaw(new byte[] {one});
      }
      assertThat(DnsMessages.parse(tcp.receive()).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    }
  }

  static Stream<Arguments> wrong() {
    byte[] good = client(CLIENT, PORT);
    return Stream.of(
        arguments(text("PROXY TCP4 10.9.8.7 10.0.0.1 4711 53\r\n"), Counter.PROXY_VERSION),
        arguments(new byte[] {0, 20, 'g', 'a', 'r', 'b', 'a', 'g', 'e'}, Counter.PROXY_MISSING),
        arguments(header(0x2f, 0x11, new byte[12]), Counter.PROXY_INVALID),
        arguments(header(ProxyBytes.PROXY, 0x11, new byte[4_000]), Counter.PROXY_INVALID),
        arguments(client(CLIENT, PORT, text("\4\1\0x")), Counter.PROXY_INVALID),
        arguments(header(ProxyBytes.PROXY, 0x31, new byte[216]), Counter.PROXY_FAMILY),
        arguments(header(ProxyBytes.PROXY, 0, new byte[0]), Counter.PROXY_FAMILY),
        arguments(withChecksum(good, 1), Counter.PROXY_CHECKSUM));
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void wrongHeader_isRefusedAndCounted(byte[] bytes, Counter why) {
    long before = node.count(why);
    try (UdpClient udp = new UdpClient(PROXY, node.address(Transport.UDP))) {
      udp.send(joined(bytes, DnsMessages.query(1, "wrong.example", Type.A)));
      node.awaitCount(why, before + 1);
    }
    int connections = 1;
    for (Transport transport : new Transport[] {Transport.TCP, Transport.TLS, Transport.HTTPS}) {
      try (TcpClient tcp = new TcpClient(PROXY, node.address(transport))) {
        tcp.sendRaw(bytes);
        tcp.awaitEnd();
        node.awaitCount(why, before + ++connections);
      }
    }
    assertThat(upstream.queries("wrong.example.")).isEmpty();
  }

  @Test
  void datagram_withAHeaderInPart_orNothingElse_isDroppedAndCounted() {
    byte[] good = client(CLIENT, PORT);
    long invalid = node.count(Counter.PROXY_INVALID);
    long empty = node.count(Counter.PROXY_EMPTY);
    long missing = node.count(Counter.PROXY_MISSING);
    try (UdpClient udp = new UdpClient(PROXY, node.address(Transport.UDP))) {
      udp.send(Arrays.copyOf(good, 20));
      node.awaitCount(Counter.PROXY_INVALID, invalid + 1);
      udp.send(good);
      node.awaitCount(Counter.PROXY_EMPTY, empty + 1);
      udp.send(DnsMessages.query(1, "bare.example", Type.A));
      node.awaitCount(Counter.PROXY_MISSING, missing + 1);
    }
  }

  @Test
  void connection_thatEndsBeforeItsHeaderDoes_isCounted() {
    long invalid = node.count(Counter.PROXY_INVALID);
    try (TcpClient tcp = new TcpClient(PROXY, node.address(Transport.TCP))) {
      tcp.sendRaw(Arrays.copyOf(client(CLIENT, PORT), 20));
      tcp.cut();
      tcp.awaitEnd();
      node.awaitCount(Counter.PROXY_INVALID, invalid + 1);
    }
  }

  @Test
  void connection_withoutAHeaderInTime_isClosedAndCounted() {
    long missing = node.count(Counter.PROXY_MISSING);
    try (TcpClient tcp = new TcpClient(PROXY, node.addresses(Transport.TCP).get(1))) {
      tcp.awaitEnd();
      node.awaitCount(Counter.PROXY_MISSING, missing + 1);
    }
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
