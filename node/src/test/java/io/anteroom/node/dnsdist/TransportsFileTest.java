// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static io.anteroom.node.testing.ProxyBytes.client;
import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.testing.Asked;
import io.anteroom.node.testing.DnsClient;
import io.anteroom.node.testing.DnsMessages;
import io.anteroom.node.testing.Https3Client;
import io.anteroom.node.testing.HttpsClient;
import io.anteroom.node.testing.QuicClient;
import io.anteroom.node.testing.ScriptedServer;
import io.anteroom.node.testing.TcpClient;
import io.anteroom.node.testing.TestNode;
import io.anteroom.node.testing.TlsFiles;
import io.anteroom.node.testing.TlsHandshake;
import io.anteroom.protocol.Transport;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SNIHostName;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** A node that runs a dnsdist file with listeners of all transports. */
final class TransportsFileTest {
  private static final String FILE =
      """
      newServer('127.0.0.1:%d')
      setACL('127.0.0.0/8')
      setProxyProtocolACL('127.0.0.3')
      local certificates = { newTLSCertificate('one.p12', { password = 'sesame' }),
        newTLSCertificate('two.crt', { key = 'two.key' }) }
      addTLSLocal('127.0.0.1:0', { 'one.crt', 'two.crt' }, { 'one.key', 'two.key' })
      addTLSLocal('127.0.0.2:0', 'one.crt', 'one.key', { proxyProtocolOutsideTLS = true })
      addDOHLocal('127.0.0.1:0', certificates, nil, { '/dns-query', '/kids' })
      addDOQLocal('127.0.0.1:0', certificates)
      addDOH3Local('127.0.0.1:0', certificates)

      addAction(SNIRule('two.test'), RCodeAction(DNSRCode.REFUSED))
      addAction(HTTPPathRule('/kids'), RCodeAction(DNSRCode.REFUSED))
      addAction('who.test.', LuaAction(function(dq)
        dq:setExtendedDNSError(15, table.concat({ dq:getProtocol(), tostring(dq.tcp),
          dq:getHTTPPath(), dq.localaddr:toString(), dq.remoteaddr:toString() }, ' '))
        return DNSAction.Nxdomain
      end))
      """;

  @TempDir private static Path directory;
  private static final ScriptedServer server = ScriptedServer.start(Asked::answer);
  private static TestNode node;

  @BeforeAll
  static void start() throws Exception {
    TlsFiles one = TlsFiles.make(directory, "one", "DNS:one.test,IP:127.0.0.1");
    TlsFiles.make(directory, "two", "DNS:two.test");
    TlsFiles.openssl(
        "pkcs12 -export -in %s -inkey %s -out %s -passout pass:sesame"
            .formatted(one.certificate(), one.key(), directory.resolve("one.p12")));
    Path file = directory.resolve("all.lua");
    Files.writeString(file, FILE.formatted(server.address().getPort()));
    node =
        TestNode.start(
            NodeConfiguration.dnsdist(file, List.of(new InetSocketAddress("127.0.0.1", 0))));
  }

  @AfterAll
  static void stop() {
    node.close();
    server.close();
  }

  private static byte[] query(String name) {
    return DnsMessages.ednsQuery(7, name, Type.A, 1232);
  }

  private static String told(Message answer) {
    assertThat(answer.getRcode()).isEqualTo(Rcode.NXDOMAIN);
    return DnsMessages.error(answer).getText();
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void function_seesTheTransport_andTheAddresses(Transport transport) {
    try (DnsClient client = node.client(transport)) {
      assertThat(told(client.ask(query("www.who.test"))))
          .isEqualTo(
              switch (transport) {
                case UDP -> "Do53 UDP false  127.0.0.1 127.0.0.1";
                case TCP -> "Do53 TCP true  127.0.0.1 127.0.0.1";
                case TLS -> "DNS over TLS true  127.0.0.1 127.0.0.1";
                case HTTPS -> "DNS over HTTPS true /dns-query 127.0.0.1 127.0.0.1";
                case QUIC -> "DNS over QUIC true  127.0.0.1 127.0.0.1";
                case HTTPS3 -> "DNS over HTTP/3 true /dns-query 127.0.0.1 127.0.0.1";
              });
      assertThat(client.ask(query("www.example")).getRcode()).isEqualTo(Rcode.NOERROR);
    }
  }

  @Test
  void serverName_choosesTheCertificate_andMatchesRules() {
    TlsHandshake http =
        TlsHandshake.with(
            parameters -> {
              parameters.setServerNames(List.of(new SNIHostName("two.test")));
              parameters.setApplicationProtocols(new String[] {"h2"});
            });
    QuicClient quic =
        new QuicClient(
            "127.0.0.1",
            node.address(Transport.QUIC),
            new QuicClient.Manner().serverName("two.test"));
    try (quic;
        DnsClient tls =
            TcpClient.tls(
                "127.0.0.1", node.address(Transport.TLS), TlsHandshake.named("two.test"));
        DnsClient https =
            HttpsClient.over(TcpClient.tls("127.0.0.1", node.address(Transport.HTTPS), http))) {
      for (DnsClient client : List.of(tls, https, quic)) {
        assertThat(client.ask(query("www.who.test")).getRcode()).isEqualTo(Rcode.REFUSED);
      }
      assertThat(quic.shown()).isEqualTo("CN=two");
    }
  }

  @Test
  void path_matchesRules_andOthersAreNotThere() {
    try (HttpsClient client = HttpsClient.connect(node.address(Transport.HTTPS))) {
      client.post("/kids", query("www.who.test"));
      assertThat(DnsMessages.parse(client.response().body()).getRcode()).isEqualTo(Rcode.REFUSED);
      client.post("/other", query("www.who.test"));
      assertThat(client.response().status()).isEqualTo(404);
    }
  }

  /** As in dnsdist, whose listeners for HTTP/3 have no paths. */
  @Test
  void anyPath_isTakenOverHttp3() {
    try (Https3Client client = new Https3Client("127.0.0.1", node.address(Transport.HTTPS3))) {
      for (String path : List.of("/", "/other")) {
        client.request("POST", path, HttpsClient.TYPE, query("www.who.test"));
        assertThat(told(DnsMessages.parse(client.receive())))
            .startsWith("DNS over HTTP/3 true " + path);
      }
    }
  }

  /** The access list is for the proxy, which is on this machine; its client is far away. */
  @Test
  void clientBehindAProxy_isTheOneThatFunctionsSee() {
    InetSocketAddress server = node.addresses(Transport.TLS).get(1);
    byte[] header = client("203.0.113.5", 4711);
    try (DnsClient client = TcpClient.tlsBehind(header, "127.0.0.3", server, TlsHandshake.PLAIN)) {
      assertThat(told(client.ask(query("www.who.test")))).endsWith(" 127.0.0.2 203.0.113.5");
    }
  }
}
