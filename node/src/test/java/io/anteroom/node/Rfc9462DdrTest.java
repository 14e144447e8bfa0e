// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.FreePorts;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.TlsFiles;
import io.anteroom.protocol.Transport;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SVCBBase;
import org.xbill.DNS.SVCBRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Clients that ask the node how to use it with encryption, kdig among them. */
final class Rfc9462DdrTest {
  private static final String BY_ADDRESS = "_dns.resolver.arpa";

  private static int port;
  private static TestNode node;

  @BeforeAll
  static void start() {
    port = FreePorts.inARow(3);
    node =
        TestNode.start(
            """
            listeners = [
              { transport = udp, address = "127.0.0.1:0" }
              { transport = tcp, address = "127.0.0.1:0" }
              { transport = tls, address = "127.0.0.1:0", tls %1$s }
              { transport = tls, address = "127.0.0.1:%2$d", tls %1$s }
              { transport = https, address = "127.0.0.1:%3$d", tls %1$s
                http.paths = ["/of/*", "/a\\"b"] }
              { transport = https, address = "127.0.0.1:%4$d", tls = off }
              { transport = quic, address = "127.0.0.1:%2$d", tls %1$s }
              { transport = https3, address = "127.0.0.1:%3$d", tls %1$s }
            ]
            zones = [ { origin = "anteroom.test" } ]
            ddr {
              name = "DNS.example", addresses = ["192.0.2.1", "2001:db8::1", "192.0.2.2"]
              ports.quic = 8853
            }
            rules.query = [ { match = all, action { pool = default } } ]
            upstreams.default.servers = ["192.0.2.99"]
            """
                .formatted(TlsFiles.ofThisRun().block(), port, port + 1, port + 2),
            Map.of());
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"UDP", "TCP", "TLS"})
  void svcb_hasTheListeners_evenIfARuleChoseAPool(Transport transport) {
    try (DnsClient client = node.client(transport)) {
      for (String name : new String[] {BY_ADDRESS, "_DNS.Dns.Example"}) {
        Message answer = client.ask(DnsMessages.query(7, name, Type.SVCB));

        assertThat(answer.getSection(Section.ANSWER)).hasSize(4);
        SVCBRecord record = (SVCBRecord) answer.getSection(Section.ANSWER).get(0);
        assertThat(record.getSvcPriority()).isEqualTo(1);
        assertThat(record.getTargetName()).hasToString("dns.example.");
        assertThat(record.getSvcParamValue(SVCBBase.ALPN)).hasToString("dot");
        assertThat(record.getSvcParamValue(SVCBBase.PORT)).hasToString(Integer.toString(port));
        assertThat(record.getSvcParamValue(SVCBBase.IPV4HINT)).hasToString("192.0.2.1,192.0.2.2");
        assertThat(record.getSvcParamValue(SVCBBase.IPV6HINT)).hasToString("2001:db8:0:0:0:0:0:1");
      }
    }
  }

  @Test
  void svcb_ofHttpAndQuic_haveTheirProtocolsPortsAndPaths() {
    try (DnsClient client = node.udp()) {
      Message answer = client.ask(DnsMessages.query(7, BY_ADDRESS, Type.SVCB));

      assertThat(answer.getSection(Section.ANSWER).stream().map(Record::rdataToString))
          .anySatisfy(
              record ->
                  assertThat(record)
                      .contains("alpn=h2,http/1.1", "port=" + (port + 1))
                      .contains("dohpath=/a\\\"b{?dns}"))
          .anySatisfy(record -> assertThat(record).contains("alpn=doq", "port=8853"))
          .anySatisfy(
              record ->
                  assertThat(record)
                      .contains("alpn=h3", "port=" + (port + 1), "dohpath=/dns-query{?dns}"));
    }
  }

  @Test
  void kdig_readsTheAnswer() throws Exception {
    String dns = Integer.toString(node.address(Transport.UDP).getPort());
    Process kdig =
        new ProcessBuilder("kdig", "@127.0.0.1", "-p", dns, "+timeout=60", BY_ADDRESS, "SVCB")
            .redirectErrorStream(true)
            .start();
    String said = new String(kdig.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(kdig.waitFor()).as(said).isZero();
    assertThat(said).contains("1 dns.example.", "alpn=dot", "port=" + port, "ipv4hint=192.0.2.1");
  }

  /** RFC 9462 section 6.4: such names are never asked for elsewhere. */
  @ParameterizedTest
  @CsvSource({"_dns.resolver.arpa, A", "_dns.resolver.arpa, TYPE65", "_dns.dns.example, AAAA"})
  void otherTypes_haveNoData(String name, String type) {
    try (DnsClient client = node.udp()) {
      Message answer = client.ask(DnsMessages.query(7, name, Type.value(type, true)));

      assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
      assertThat(answer.getSection(Section.ANSWER)).isEmpty();
      assertThat(answer.getSection(Section.AUTHORITY).get(0).getType()).isEqualTo(Type.SOA);
      assertThat(node.count(Counter.DDR)).isPositive();
      assertThat(node.count(Counter.FORWARDED)).isZero();
    }
  }

  private static NodeConfiguration read(String ddr) throws InvalidConfiguration {
    return TestNode.configuration("ddr " + ddr);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{ name = \"\" }",
        "{ name = \".\" }",
        "{ name = \"a..b\" }",
        "{ name = a, addresses = [b] }",
        "{ name = a, order = [udp] }",
        "{ name = a, order = [tls, smtp] }",
        "{ name = a, ports.tls = 0 }",
        "{ name = a, ports.udp = 53 }",
        "{ name = a, port = 853 }"
      })
  void mistake_isRefused(String ddr) {
    assertThatThrownBy(() -> read(ddr))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessageContaining("anteroom.ddr");
  }

  @Test
  void withoutAListenerToTellOf_isWarnedOf() throws Exception {
    assertThat(read("{ name = dns.example }").warnings())
        .singleElement()
        .asString()
        .contains("ddr", "no listener with encryption");
  }
}
