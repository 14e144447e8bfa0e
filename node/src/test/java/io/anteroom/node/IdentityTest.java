// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static io.anteroom.node.testing.ProxyBytes.client;
import static io.anteroom.node.testing.ProxyBytes.joined;
import static io.anteroom.node.testing.ProxyBytes.tlv;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.HttpFilter;
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
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Who the client is: what tells it, whom it is believed, and what depends on it. */
final class IdentityTest {
  private static final int JUDGE = 1;
  private static final int MAC = 65_001;
  private static final int DEVICE = 65_073;
  private static final byte[] ADDRESS = {2, 0, 0, 0, 0, (byte) 0xab};
  private static final String TRUSTED = "127.0.0.1";
  private static final String STRANGER = "127.0.0.2";
  private static final String PROXY = "127.0.0.3";

  private static final ScriptedServer upstream = ScriptedServer.start(Asked::answer);
  private static final TestFilter judge = new TestFilter();
  private static HttpFilter web;
  private static TestNode node;

  @BeforeAll
  static void start() {
    web = HttpFilter.start(0, (filter, posted, exchange) -> exchange.sendResponseHeaders(204, -1));
    node =
        TestNode.start(
            """
            listeners = [
              { transport = udp, address = "127.0.0.1:0", proxy-protocol { from = ["127.0.0.3"] }
                identity { edns { from = ["127.0.0.1"] }, proxy-tlv = 0xEA, sni = "*.dns.example" } }
              { transport = tcp, address = "127.0.0.1:0", proxy-protocol { from = ["127.0.0.3"] }
                identity { edns { from = ["127.0.0.1"] }, proxy-tlv = 0xEA, sni = "*.dns.example" } }
              { transport = tls, address = "127.0.0.1:0", proxy-protocol { from = ["127.0.0.3"] }
                identity { edns { from = ["127.0.0.1"] }, sni = "*.dns.example" }, tls %s }
            ]
            upstreams.default.servers = ["127.0.0.1:%d"]
            filters.judge { async-id = 1, timeout = 60s, on-timeout = servfail }
            filters.web {
              async-id = 2, timeout = 60s, on-timeout = servfail
              connector { transport = http, url = "http://127.0.0.1:%d/" }
            }
            rules.query = [
              { match { suffix = ["web.example"] }, action { suspend = web } }
              { match { suffix = ["ask.example"] }, action { suspend = judge } }
              { match { suffix = ["anna.example"], identity = [anna] }, action = nxdomain }
              { match { suffix = ["any.example"], identity = any }, action = nxdomain }
              { match { suffix = ["none.example"], identity = none }, action = nxdomain }
              { match { suffix = ["sni.example"], sni = ["*.dns.example"] }, action = nxdomain }
              { match { suffix = ["rate.example"]
                        client-rate { above = 1, per = 1h, by = identity } }, action = nxdomain }
            ]
            """
                .formatted(TlsFiles.ofThisRun().block(), upstream.address().getPort(), web.port()),
            Map.of("judge", judge));
    await().until(() -> node.node().services().get(2).isAvailable());
  }

  @AfterAll
  static void stop() {
    node.close();
    web.close();
    upstream.close();
  }

  @AfterEach
  void allHasEnded() {
    node.assertAtRest();
  }

  @Test
  void macAddress_fromATrustedNetwork_isTheIdentity_andGoesToNoServer() {
    String name = "mac.ask.example";

    assertThat(asked(TRUSTED, name, MAC, ADDRESS).identity()).isEqualTo("02:00:00:00:00:ab");
    Asked forwarded = upstream.queries(name + ".").get(0);
    assertThat(DnsMessages.parse(forwarded.bytes()).getOPT().getOptions(MAC)).isEmpty();
  }

  @Test
  void device_inAnotherOption_isTheIdentity() {
    byte[] text = "02:00:00:00:00:cd".getBytes(StandardCharsets.US_ASCII);

    assertThat(asked(TRUSTED, "device.ask.example", DEVICE, text).identity())
        .isEqualTo("02:00:00:00:00:cd");
  }

  @Test
  void option_fromAnotherNetwork_isIgnoredAndCounted() {
    String name = "stranger.ask.example";
    long before = node.count(Counter.IDENTITY_UNTRUSTED);

    assertThat(asked(STRANGER, name, MAC, ADDRESS).identity()).isEmpty();
    node.awaitCount(Counter.IDENTITY_UNTRUSTED, before + 1);
    Asked forwarded = upstream.queries(name + ".").get(0);
    assertThat(DnsMessages.parse(forwarded.bytes()).getOPT().getOptions(MAC)).isEmpty();
  }

  @Test
  void option_thatIsNoIdentity_isIgnoredAndCounted() {
    long before = node.count(Counter.IDENTITY_INVALID);

    assertThat(asked(TRUSTED, "space.ask.example", DEVICE, new byte[] {'a', ' '}).identity())
        .isEmpty();
    assertThat(asked(TRUSTED, "long.ask.example", MAC, new byte[44]).identity()).isEmpty();
    assertThat(asked(TRUSTED, "empty.ask.example", MAC, new byte[0]).identity()).isEmpty();
    node.awaitCount(Counter.IDENTITY_INVALID, before + 3);
  }

  @Test
  void labelOfTheServerName_isTheIdentity() {
    String name = "label.ask.example";
    judge.on(name, Verdict.proceed());
    try (TcpClient tls = named("anna.dns.example")) {
      tls.ask(DnsMessages.query(1, name, Type.A));
    }

    assertThat(judge.requests(name).get(0).identity()).isEqualTo("anna");
  }

  @Test
  void filterOverHttp_isToldInAHeader() {
    assertThat(rcode("10.0.0.1", "a@b.example", "www.web.example")).isEqualTo(Rcode.NOERROR);
    assertThat(rcode("10.0.0.1", "", "none.web.example")).isEqualTo(Rcode.NOERROR);
    assertThat(web.posted())
        .extracting(posted -> posted.headers().getFirst("Anteroom-Identity"))
        .containsExactly("a%40b.example", null);
  }

  @Test
  void otherServerNames_tellNothing() {
    for (String server : new String[] {"dns.example", "a.b.dns.example", "anna.other.example"}) {
      try (TcpClient tls = named(server)) {
        assertThat(tls.ask(DnsMessages.query(1, server + ".none.example", Type.A)).getRcode())
            .isEqualTo(Rcode.NXDOMAIN);
      }
    }
  }

  @Test
  void rules_selectByIdentityAndServerName() {
    try (TcpClient anna = named("anna.dns.example");
        TcpClient carl = named("Carl.DNS.example");
        TcpClient nobody = named("node.test")) {
      assertThat(rcodes(anna)).isEqualTo("anna any sni");
      assertThat(rcodes(carl)).isEqualTo("any sni");
      assertThat(rcodes(nobody)).isEqualTo("none");
    }
    try (DnsClient udp = node.udp()) {
      assertThat(rcodes(udp)).isEqualTo("none");
    }
  }

  /** The rules that match, each for the names below its own. */
  private static String rcodes(DnsClient client) {
    StringBuilder matching = new StringBuilder();
    for (String rule : new String[] {"anna", "any", "none", "sni"}) {
      Message answer = client.ask(DnsMessages.query(1, "www." + rule + ".example", Type.A));
      if (answer.getRcode() == Rcode.NXDOMAIN) {
        matching.append(matching.isEmpty() ? "" : " ").append(rule);
      }
    }
    return matching.toString();
  }

  @Test
  void rateByIdentity_countsItTogether_fromWhateverAddress() {
    assertThat(rcode("10.0.0.1", "ann", "rate.example")).isEqualTo(Rcode.NOERROR);
    assertThat(rcode("10.0.0.2", "ann", "rate.example")).isEqualTo(Rcode.NXDOMAIN);
    assertThat(rcode("10.0.0.2", "bob", "rate.example")).isEqualTo(Rcode.NOERROR);
    assertThat(rcode("10.0.0.2", "", "rate.example")).isEqualTo(Rcode.NOERROR);
    assertThat(rcode("10.0.0.2", "", "rate.example")).isEqualTo(Rcode.NXDOMAIN);
  }

  @Test
  void verdictForAnIdentity_holdsForIt_fromWhateverAddress_andForNobodyElse() {
    String name = "held.ask.example";
    judge.on(name, Verdict.rcode(Rcode.REFUSED).holdsFor(Duration.ofHours(1)).forIdentity());

    assertThat(rcode("10.0.0.1", "ann", name)).isEqualTo(Rcode.REFUSED);
    assertThat(rcode("10.0.0.2", "ann", name)).isEqualTo(Rcode.REFUSED);
    assertThat(judge.requests(name)).extracting(FilterRequest::identity).containsExactly("ann");
    assertThat(rcode("10.0.0.1", "bob", name)).isEqualTo(Rcode.REFUSED);
    assertThat(judge.requests(name)).hasSize(2);
  }

  @Test
  void verdictForAnIdentity_aboutAQueryWithoutOne_holdsForNobody_andIsCounted() {
    String name = "unheld.ask.example";
    judge.on(name, Verdict.rcode(Rcode.REFUSED).holdsFor(Duration.ofHours(1)).forIdentity());
    long before = node.count(JUDGE, SuspensionCounter.VERDICT_CACHE_NO_IDENTITY);

    assertThat(rcode("10.0.0.1", "", name)).isEqualTo(Rcode.REFUSED);
    assertThat(rcode("10.0.0.1", "", name)).isEqualTo(Rcode.REFUSED);
    assertThat(judge.requests(name)).hasSize(2);
    node.awaitCount(JUDGE, SuspensionCounter.VERDICT_CACHE_NO_IDENTITY, before + 2);
  }

  @Test
  void tlvOfAProxy_thatIsNoIdentity_isIgnoredAndCounted() {
    String name = "tlv.ask.example";
    judge.on(name, Verdict.proceed());
    long before = node.count(Counter.IDENTITY_INVALID);

    rcode("10.0.0.1", "an na", name);
    assertThat(judge.requests(name).get(0).identity()).isEmpty();
    node.awaitCount(Counter.IDENTITY_INVALID, before + 1);
  }

  @Test
  void serverNameThatAProxyTells_isTheIdentity_ifItNamesNone() {
    String name = "authority.ask.example";
    judge.on(name, Verdict.proceed());
    try (UdpClient proxy = new UdpClient(PROXY, node.address(Transport.UDP))) {
      byte[] header = client("10.0.0.1", 1, tlv(2, "carl.dns.example"));
      proxy.send(joined(header, DnsMessages.query(1, name, Type.A)));
      proxy.receive();
    }

    assertThat(judge.requests(name).get(0).identity()).isEqualTo("carl");
  }

  /** The RCODE for a query that a proxy passes on for a client. */
  private static int rcode(String address, String identity, String name) {
    byte[] header =
        identity.isEmpty() ? client(address, 1) : client(address, 1, tlv(0xea, identity));
    byte[] query = DnsMessages.query(1, name, Type.A);
    try (UdpClient proxy = new UdpClient(PROXY, node.address(Transport.UDP))) {
      proxy.send(joined(header, query));
      return proxy.receiveAnswerTo(query).getRcode();
    }
  }

  private static TcpClient named(String server) {
    return TcpClient.tls(TRUSTED, node.address(Transport.TLS), TlsHandshake.named(server));
  }

  /** The request to the filter about a query with this option, which is then answered. */
  private static FilterRequest asked(String from, String name, int option, byte[] data) {
    judge.on(name, Verdict.proceed());
    Message message = DnsMessages.message(1, name, Type.A);
    message.addRecord(
        new OPTRecord(1232, 0, 0, 0, List.of(new GenericEDNSOption(option, data))),
        Section.ADDITIONAL);
    try (UdpClient client = new UdpClient(from, node.address(Transport.UDP))) {
      assertThat(client.ask(message.toWire()).getRcode()).isEqualTo(Rcode.NOERROR);
    }
    return judge.requests(name).get(0);
  }
}
