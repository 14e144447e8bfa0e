// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.config.HttpSettings;
import io.anteroom.node.config.HttpsListenerSettings;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.testing.TlsFiles;
import io.anteroom.protocol.Transport;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HttpsConfigurationTest {
  private static final String TLS = "tls { " + TlsFiles.ofThisRun().settings() + " }";

  private static HttpsListenerSettings load(String address, String more)
      throws InvalidConfiguration {
    return (HttpsListenerSettings)
        NodeConfiguration.parse(
                "anteroom.listeners = [%n{ transport = https, address = \"%s\", %s } ]"
                    .formatted(address, more))
            .settings()
            .listeners()
            .get(0);
  }

  @Test
  void listener_hasItsSettings() throws Exception {
    HttpsListenerSettings listener =
        load(
            "192.0.2.1:443",
            TLS + ", http { paths = [\"/q\", \"/q/*\"], max-streams = 7, max-header-size = 2k }");

    assertThat(listener.name()).isEqualTo("https 192.0.2.1:443");
    assertThat(listener.transport()).isEqualTo(Transport.HTTPS);
    assertThat(listener.tls()).isNotNull();
    assertThat(listener.http().paths().all()).isEqualTo(List.of("/q", "/q/*"));
    assertThat(listener.http().maxStreams()).isEqualTo(7);
    assertThat(listener.http().maxHeaderSize()).isEqualTo(2_048);
  }

  @Test
  void listener_hasDefaults_andMayBeWithoutTlsOnLoopback() throws Exception {
    HttpsListenerSettings listener = load("127.0.0.1:443", "tls = off");

    assertThat(listener.tls()).isNull();
    assertThat(listener.http()).isEqualTo(HttpSettings.DEFAULTS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "192.0.2.1:443 | tls = off | tls: may be off only on a loopback address",
        "127.0.0.1:443 | tls = on | tls: must be a block with a certificate, or off",
        "127.0.0.1:443 | tls = off, http { paths = [] } | http.paths: must have one path at least",
        "127.0.0.1:443 | tls = off, http { paths = \"q\" } | http.paths: must be a path",
        "127.0.0.1:443 | tls = off, http { paths = \"/*/q\" } | http.paths: may have * or",
        "127.0.0.1:443 | tls = off, http { max-streams = 0 } | http.max-streams: ",
        "127.0.0.1:443 | tls = off, http { path = \"/q\" } | http.path: unknown key",
        "127.0.0.1:443 | http { max-streams = 1 } | tls: is missing"
      })
  void listener_thatIsWrong_isRefused(String address, String settings, String message) {
    assertThatThrownBy(() -> load(address, settings))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessageContaining("text:2: anteroom.listeners[0]." + message);
  }

  @Test
  void http_isNotForOtherListeners() {
    assertThatThrownBy(
            () ->
                NodeConfiguration.parse(
                    "anteroom.listeners = [{ transport = tcp, address = \"127.0.0.1:1\", http {} }]"))
        .hasMessageContaining("http: is not for a listener on tcp");
  }
}
