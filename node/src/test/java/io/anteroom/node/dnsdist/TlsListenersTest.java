// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.anteroom.node.NodeConfiguration;
import io.anteroom.node.config.HttpsListenerSettings;
import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.config.QuicListenerSettings;
import io.anteroom.node.config.TlsListenerSettings;
import io.anteroom.node.config.UdpListenerSettings;
import io.anteroom.node.testing.TlsFiles;
import io.anteroom.node.tls.CertificateFiles;
import io.anteroom.protocol.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Listeners with certificates in a dnsdist file, and those behind proxies. */
final class TlsListenersTest {
  @TempDir private static Path directory;
  private static TlsFiles one;
  private static TlsFiles two;
  private static Path store;

  @BeforeAll
  static void makeCertificates() {
    one = TlsFiles.make(directory, "one", "DNS:one.test");
    two = TlsFiles.make(directory, "two", "DNS:two.test");
    store = directory.resolve("one.p12");
    TlsFiles.openssl(
        "pkcs12 -export -in %s -inkey %s -out %s -passout pass:sesame"
            .formatted(one.certificate(), one.key(), store));
  }

  /** Reads a file; ONE and TWO stand for certificates without their endings. */
  private static NodeConfiguration read(String text) throws Exception {
    return NodeConfiguration.dnsdist(write(text), List.of());
  }

  private static Path write(String text) throws IOException {
    // Names without a directory are found beside the file.
    return Files.writeString(directory.resolve("a.lua"), text);
  }

  @Test
  void eachTransport_hasItsListener_atItsPort() throws Exception {
    NodeConfiguration read =
        read(
            """
            addTLSLocal("127.0.0.1", "one.crt", "one.key")
            addDOHLocal("127.0.0.1", "one.crt", "one.key")
            addDOQLocal("127.0.0.1", "one.crt", "one.key")
            addDOH3Local("127.0.0.1", "one.crt", "one.key")
            """);

    assertThat(read.settings().listeners())
        .extracting(ListenerSettings::transport, local -> local.address().getPort())
        .containsExactly(
            tuple(Transport.TLS, 853),
            tuple(Transport.HTTPS, 443),
            tuple(Transport.QUIC, 853),
            tuple(Transport.HTTPS3, 443));
    assertThat(read.warnings()).isEmpty();
  }

  @Test
  void severalCertificates_andThoseOfObjects_areTaken() throws Exception {
    NodeConfiguration read =
        read(
            """
            addTLSLocal("127.0.0.1:8530", {"one.crt", "two.crt"}, {"one.key", "two.key"})
            addTLSLocal("127.0.0.1:8531", newTLSCertificate("one.p12", {password="sesame"}), "")
            addDOQLocal("127.0.0.1:8531",
              {newTLSCertificate("two.crt", {key="two.key"}), newTLSCertificate("one.p12", {password="sesame"})})
            """);
    CertificateFiles known =
        new CertificateFiles.Pkcs12(store, new CertificateFiles.Password.Known("sesame"));
    List<ListenerSettings> listeners = read.settings().listeners();

    assertThat(((TlsListenerSettings) listeners.get(0)).tls().certificates())
        .containsExactly(
            new CertificateFiles.Pem(one.certificate(), one.key(), null),
            new CertificateFiles.Pem(two.certificate(), two.key(), null));
    assertThat(((TlsListenerSettings) listeners.get(1)).tls().certificates())
        .containsExactly(known);
    assertThat(((QuicListenerSettings) listeners.get(2)).tls().certificates())
        .containsExactly(new CertificateFiles.Pem(two.certificate(), two.key(), null), known);
    assertThat(known.toString()).doesNotContain("sesame");
  }

  @Test
  void pathsAndOptions_areThoseOfTheListener() throws Exception {
    HttpsListenerSettings https =
        (HttpsListenerSettings)
            read("""
                    addDOHLocal("127.0.0.1:8443", "one.crt", "one.key", {"/dns-query", "/kids"},
                      {idleTimeout=30, maxConcurrentTCPConnections=50, reusePort=true})
                    """)
                .settings()
                .listeners()
                .get(0);

    assertThat(https.http().paths().all()).containsExactly("/dns-query", "/kids");
    assertThat(https.connections().idleTimeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(https.connections().maxConnections()).isEqualTo(50);
  }

  @Test
  void httpWithoutTls_isForLoopbackOnly() throws Exception {
    HttpsListenerSettings http =
        (HttpsListenerSettings)
            read("addDOHLocal('127.0.0.1:8080', nil, nil, '/')").settings().listeners().get(0);

    assertThat(http.tls()).isNull();
    assertThat(http.http().paths().all()).containsExactly("/");
    assertError("addDOHLocal('0.0.0.0:8080')", "is possible only on a loopback address");
  }

  @Test
  void subPaths_areOneSegmentDeep() throws Exception {
    NodeConfiguration read =
        read("addDOHLocal('127.0.0.1:8080', '', '', {'/', '/q'}, {exactPathMatching=false})");

    assertThat(((HttpsListenerSettings) read.settings().listeners().get(0)).http().paths().all())
        .containsExactly("/", "/*", "/q", "/q/*");
    assertThat(read.warnings()).singleElement().asString().contains("one more segment");
  }

  /** As with dnsdist, {@code -l} is in place of plain addresses only. */
  @Test
  void addressOfTheCommandLine_leavesListenersWithTls() throws Exception {
    Path file =
        write(
            """
            setLocal("127.0.0.1:5301")
            addTLSLocal("127.0.0.1:8530", "one.crt", "one.key")
            """);
    List<InetSocketAddress> locals = List.of(new InetSocketAddress("127.0.0.1", 5302));

    assertThat(NodeConfiguration.dnsdist(file, locals).settings().listeners())
        .extracting(ListenerSettings::name)
        .containsExactly("udp 127.0.0.1:5302", "tcp 127.0.0.1:5302", "tls 127.0.0.1:8530");
  }

  @Test
  void setLocal_leavesListenersWithTls() throws Exception {
    assertThat(
            read("""
                    addTLSLocal("127.0.0.1:8530", "one.crt", "one.key",
                      {additionalAddresses={"127.0.0.2:8530"}})
                    addLocal("127.0.0.1:5301")
                    setLocal("127.0.0.1:5302")
                    """)
                .settings()
                .listeners())
        .extracting(ListenerSettings::name)
        .containsExactly(
            "udp 127.0.0.1:5302", "tcp 127.0.0.1:5302", "tls 127.0.0.1:8530", "tls 127.0.0.2:8530");
  }

  @Test
  void proxies_areThoseOfEachListenerThatWantsThem() throws Exception {
    NodeConfiguration read =
        read(
            """
            addLocal("127.0.0.1:5301")
            addLocal("127.0.0.1:5302", {doTCP=false, enableProxyProtocol=false})
            addTLSLocal("127.0.0.1:8530", "one.crt", "one.key", {proxyProtocolOutsideTLS=true})
            addTLSLocal("127.0.0.1:8531", "one.crt", "one.key")
            setProxyProtocolACL({"192.0.2.0/24"})
            """);
    List<ListenerSettings> listeners = read.settings().listeners();

    for (int i : new int[] {0, 1, 3}) {
      var proxy = listeners.get(i).clients().proxy();
      assertThat(proxy).as(listeners.get(i).name()).isNotNull();
      assertThat(proxy.from().contains(InetAddress.getByName("192.0.2.7"))).isTrue();
      assertThat(proxy.aclForProxies()).isTrue();
    }
    assertThat(((UdpListenerSettings) listeners.get(2)).clients().proxy()).isNull();
    assertThat(((TlsListenerSettings) listeners.get(4)).clients().proxy()).isNull();
    assertThat(read.warnings())
        .singleElement()
        .asString()
        .contains("a.lua:4: ", "within TLS is not supported", "at 127.0.0.1:8531");
  }

  @Test
  void acl_isForClientsOfProxies_ifTheFileSaysSo() throws Exception {
    NodeConfiguration read =
        read(
            """
            addLocal("127.0.0.1:5301")
            setProxyProtocolACL("192.0.2.1")
            setProxyProtocolApplyACLToProxiedClients(true)
            """);

    assertThat(read.settings().listeners().get(0).clients().proxy().aclForProxies()).isFalse();
  }

  @Test
  void certificateThatMayBeMissing_costsItsListenerOnly() throws Exception {
    NodeConfiguration read =
        read(
            """
            addTLSLocal("127.0.0.1:8530", "none.crt", "one.key", {ignoreTLSConfigurationErrors=true})
            addTLSLocal("127.0.0.1:8531", "two.crt", "two.key", {ignoreTLSConfigurationErrors=true})
            """);

    assertThat(read.settings().listeners())
        .extracting(ListenerSettings::name)
        .containsExactly("tls 127.0.0.1:8531");
    assertThat(read.warnings())
        .singleElement()
        .asString()
        .endsWith(
            "a.lua:1: addTLSLocal: 127.0.0.1:8530 is not listened at: none.crt: no such file");
  }

  @Test
  void certificates_areReadAgainByThemselves_soThatFunctionsForItDoNothing() throws Exception {
    NodeConfiguration read =
        read(
            """
            addTLSLocal("127.0.0.1:8530", "one.crt", "one.key")
            addDOHLocal("127.0.0.1:8443", "one.crt", "one.key")
            for i = 0, getTLSFrontendCount() - 1 do getTLSFrontend(i):reloadCertificates() end
            assert(getDOHFrontend(0) and not getDOHFrontend(1) and getDOQFrontendCount() == 0)
            reloadAllCertificates()
            """);
    assertThat(read.warnings()).isEmpty();
    assertThat(read("getDOHFrontend(0)\naddDOHLocal('127.0.0.1:80')").warnings()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{ciphers='X'} | the option ciphers is ignored",
        "{provider='gnutls'} | provider = gnutls is ignored",
        "{minTLSVersion='tls1.3'} | clients with TLS 1.2 are served too",
        "{minTLSVersion='tls1.0'} | clients need TLS 1.2 at least",
        "{ticketKeyFile='/x'} | keys of session tickets are random",
        "{sessionTickets=false} | sessions are resumed by tickets",
        "{minTlsVersion='tls1.2'} | did you mean \"minTLSVersion\"?",
        "{idleTimeout=5} | unknown: \"idleTimeout\"",
      })
  void optionWithoutEquivalent_isWarnedOf(String options, String warning) throws Exception {
    assertThat(
            read("\naddTLSLocal('127.0.0.1:8530', 'one.crt', 'one.key', " + options + ")")
                .warnings())
        .singleElement()
        .asString()
        .contains("a.lua:2: addTLSLocal: ", warning);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "addTLSLocal('127.0.0.1') | #2 to 'addTLSLocal' (string or TLSCertificate or table expected",
        "addTLSLocal('127.0.0.1', 'one.crt') | there is no key for the certificate one.crt",
        "addTLSLocal('127.0.0.1', {}, {}) | the list of certificates is empty",
        "addTLSLocal('127.0.0.1', {'one.crt'}, {'a', 'b'}) | certificates (1) and of keys (2) differ",
        "addTLSLocal('127.0.0.1', {7}, 'one.key') | string or TLSCertificate expected, got number",
        "addTLSLocal('one.test', 'one.crt', 'one.key') | \"one.test\" is no IP address",
        "addTLSLocal('127.0.0.1', 'none.crt', 'one.key') | no such file: ",
        "addTLSLocal('127.0.0.1', 'two.crt', 'one.key') | the key is not that of the certificate",
        "addTLSLocal('127.0.0.1', 'one.p12', 'one.key') | has no certificate in PEM",
        "addDOQLocal('127.0.0.1', newTLSCertificate('one.p12', {password='x'})) | another password",
        "addDOQLocal('127.0.0.1', newTLSCertificate('one.p12', {password=1})) | must be a string",
        "addTLSLocal('127.0.0.1', 'one.crt', 'one.key', {minTLSVersion='1.2'}) | minTLSVersion is",
        "addTLSLocal('::1', 'one.crt', 'one.key', {additionalAddresses={1}}) | list of addresses",
        "addDOHLocal('127.0.0.1', 'one.crt', 'one.key', 'q') | a path begins with /, not as \"q\"",
        "addDOHLocal('127.0.0.1', 'one.crt', 'one.key', {ktls=true}) | the options are argument #5",
        "addDOH3Local('127.0.0.1', 'one.crt', 'one.key', '/q') | #4 to 'addDOH3Local' (table",
        "addDOHLocal('127.0.0.1', '', '', '/q q') | may have * or {identity} only",
      })
  void wrongArguments_areErrorsWithLine(String statement, String error) {
    assertError("\n" + statement, "a.lua:2: ", error);
  }

  @Test
  void twoCertificatesForOneAddress_areAnError() {
    assertError(
        """
        addTLSLocal("127.0.0.1:8530", "one.crt", "one.key")
        addTLSLocal("127.0.0.1:8530", "one.crt", "one.key")
        addTLSLocal("127.0.0.1:8530", "two.crt", "two.key")
        """,
        "a.lua:3: 127.0.0.1:8530 has a listener for tls already");
  }

  private static void assertError(String text, String... parts) {
    assertThatThrownBy(() -> read(text)).hasMessageContainingAll(parts);
  }
}
