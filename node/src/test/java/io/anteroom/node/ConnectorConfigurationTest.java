// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.config.BreakerSettings;
import io.anteroom.node.config.ConnectorSettings;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.testing.TlsIdentity;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a configuration says about connectors, breakers and the memory of what waits. */
class ConnectorConfigurationTest {

  @Test
  void unix_hasTwoPaths() throws Exception {
    assertThat(
            connector(
                "transport = unix, send-to = \"/run/guard.sock\", receive-at = \"/run/node.sock\""))
        .isEqualTo(new ConnectorSettings.Unix("/run/guard.sock", "/run/node.sock"));
  }

  @Test
  void unix_mayHaveOnePath_relativeOrAbstract() throws Exception {
    assertThat(connector("transport = unix, send-to = \"guard.sock\""))
        .isEqualTo(
            new ConnectorSettings.Unix(Path.of("guard.sock").toAbsolutePath().toString(), null));
    assertThat(connector("transport = unix, send-to = \"@guard\""))
        .isEqualTo(new ConnectorSettings.Unix("@guard", null));
  }

  @Test
  void udp_isOnLoopback_unlessSaidOtherwise() throws Exception {
    assertThat(connector("transport = udp, send-to = \"[::1]:9000\""))
        .isEqualTo(new ConnectorSettings.Udp(new InetSocketAddress("::1", 9000)));
    assertThat(connector("transport = udp, send-to = \"192.0.2.1:9000\", anywhere = on"))
        .isEqualTo(new ConnectorSettings.Udp(new InetSocketAddress("192.0.2.1", 9000)));
  }

  @Test
  void http_hasAUrl_andDefaults() throws Exception {
    assertThat(connector("transport = http, url = \"http://127.0.0.1:8080/decide?a=b\""))
        .isEqualTo(http("http://127.0.0.1:8080/decide?a=b"));
    for (String url : List.of("http://[::1]/", "HTTP://localhost:1/x", "https://192.0.2.1")) {
      assertThat(connector("transport = http, url = \"" + url + "\"")).as(url).isNotNull();
    }
    assertThat(connector("transport = http, url = \"http://guard.example/\", anywhere = on"))
        .isEqualTo(http("http://guard.example/"));
  }

  private static ConnectorSettings.Http http(String url) {
    return new ConnectorSettings.Http(URI.create(url), null, null, 200, ConnectorSettings.Http2.ON);
  }

  @Test
  void http_mayHaveCertificates_aSecretThatIsNotShown_andLimits(@TempDir Path directory)
      throws Exception {
    Path ca = directory.resolve("ca.pem");
    TlsIdentity.make(directory, "ip:127.0.0.1").writeCertificate(ca);
    ConnectorSettings.Http http =
        (ConnectorSettings.Http)
            connector(
                "transport = http, url = \"https://guard.example/\", ca = \"%s\", http2 = off"
                        .formatted(ca)
                    + ", authorization = \"Bearer s3cret\", max-requests = 7");
    assertThat(http)
        .isEqualTo(
            new ConnectorSettings.Http(
                URI.create("https://guard.example/"),
                ca,
                "Bearer s3cret",
                7,
                ConnectorSettings.Http2.OFF));
    assertThat(http.toString()).doesNotContain("s3cret");
    Files.writeString(ca, "nothing");
    assertThatThrownBy(
            () -> connector("transport = http, url = \"https://x/\", ca = \"" + ca + "\""))
        .hasMessageContaining("connector.ca: holds");
  }

  @Test
  void secretOfAnAbsentVariable_isNone() throws Exception {
    assertThat(
            connector(
                "transport = http, url = \"http://127.0.0.1/\", authorization = ${?NO_SUCH_THING}"))
        .isEqualTo(http("http://127.0.0.1/"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "transport = http                                      | connector.url: is missing",
        "transport = http, url = \"127.0.0.1:8080\"            | connector.url:",
        "transport = http, url = \"ftp://127.0.0.1/\"          | must begin with http",
        "transport = http, url = \"http:///decide\"            | connector.url:",
        "transport = http, url = \"http://127.0.0.1:99999/\"   | connector.url: has no host",
        "transport = http, url = \"http://a:b@127.0.0.1/\"     | must hold no password",
        "transport = http, url = \"http://127.0.0.1/#x\"       | fragment",
        "transport = http, url = \"http://guard.example/\"     | is neither https nor loopback",
        "transport = http, url = \"http://127.0.0.1/\", ca = x | connector.ca: can't be read",
        "transport = http, url = \"http://127.0.0.1/\", send-to = x     | unknown key",
        "transport = http, url = \"http://127.0.0.1/\", max-requests = 0 | must be 1 to 10000",
        "transport = http, url = \"http://127.0.0.1/\", authorization = \"a\\nb\" | printable ASCII"
      })
  void wrongHttpConnector_isRefused(String settings, String reason) {
    assertThatThrownBy(() -> connector(settings))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "transport = unix                      | connector.send-to: is missing",
        "send-to = \"/run/x\"                  | connector.transport: is missing",
        "transport = tcp, send-to = \"x\"      | connector.transport: unknown: \"tcp\"",
        "transport = unix, send-to = \"@\"     | is no path",
        "transport = unix, send-to = \"/a\", receive-at = \"/a\" | is where the messages go",
        "transport = unix, send-to = \"/a\", anywhere = on | anywhere: unknown key",
        "transport = udp, send-to = \"192.0.2.1:9000\"     | is not loopback",
        "transport = udp, send-to = \"127.0.0.1\"          | has no port",
        "transport = udp, send-to = \"127.0.0.1:0\"        | nothing can be sent to",
        "transport = udp, send-to = \"0.0.0.0:9\", anywhere = on | nothing can be sent to",
        "transport = udp, send-to = \"127.0.0.1:9\", receive-at = \"/a\" | unknown key"
      })
  void wrongConnector_isRefused(String settings, String reason) {
    assertThatThrownBy(() -> connector(settings))
        .isInstanceOf(InvalidConfiguration.class)
        .hasMessageContaining(reason);
  }

  @Test
  void path_of107Bytes_isTheLongest() throws Exception {
    String longest = "/" + "x".repeat(106);
    assertThat(connector("transport = unix, send-to = \"" + longest + "\""))
        .isEqualTo(new ConnectorSettings.Unix(longest, null));
    // What counts is bytes, not letters.
    String longer = "/\u00e4" + "x".repeat(105);
    assertThatThrownBy(() -> connector("transport = unix, send-to = \"" + longer + "\""))
        .hasMessageContaining("at most 107 bytes, not 108");
  }

  @Test
  void twoConnectors_withOneReceivingPath_areRefused() {
    assertThatThrownBy(
            () ->
                settings(
                    """
                    filters.a { async-id = 1
                      connector { transport = unix, send-to = "/a", receive-at = "/node" } }
                    filters.b { async-id = 2
                      connector { transport = unix, send-to = "/b", receive-at = "/node" } }
                    """))
        .hasMessageContaining("filters.b.connector.receive-at: /node is taken by filters.a");
  }

  @Test
  void breaker_hasDefaults_orOthers_orIsOff() throws Exception {
    assertThat(filter("").breaker()).isEqualTo(BreakerSettings.DEFAULT);
    assertThat(filter("breaker = on").breaker()).isEqualTo(BreakerSettings.DEFAULT);
    assertThat(filter("breaker = off").breaker()).isNull();
    assertThat(
            filter("breaker { ratio = 0.25, at-least = 7, window = 3s, probe-every = 2s }")
                .breaker())
        .isEqualTo(new BreakerSettings(0.25, 7, Duration.ofSeconds(3), Duration.ofSeconds(2)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "breaker = maybe                | breaker: must be on or off",
        "breaker { ratio = 0 }          | breaker.ratio: must be 0.01 to 1.0, not 0",
        "breaker { ratio = NaN }        | breaker.ratio: must be 0.01 to 1.0, not NaN",
        "breaker { ratio = half }       | breaker.ratio: must be a number",
        "breaker { at-least = 0 }       | breaker.at-least: must be 1",
        "breaker { window = 10 }        | breaker.window: must be a duration"
      })
  void wrongBreaker_isRefused(String settings, String reason) {
    assertThatThrownBy(() -> filter(settings)).hasMessageContaining(reason);
  }

  @Test
  void memoryOfWhatWaits_isAQuarterOfTheHeap_orASize() throws Exception {
    assertThat(settings("").maxSuspendedBytes()).isEqualTo(Runtime.getRuntime().maxMemory() / 4);
    assertThat(settings("max-suspended-bytes = 5MiB").maxSuspendedBytes()).isEqualTo(5 << 20);
    assertThatThrownBy(() -> settings("max-suspended-bytes = 1k"))
        .hasMessageContaining("max-suspended-bytes: must be 1048576 to");
  }

  private static ConnectorSettings connector(String settings) throws InvalidConfiguration {
    return filter("connector { " + settings + " }").connector();
  }

  private static FilterSettings filter(String settings) throws InvalidConfiguration {
    return settings("filters.guard { async-id = 1, " + settings + " }").filters().get("guard");
  }

  private static NodeSettings settings(String text) throws InvalidConfiguration {
    return NodeConfiguration.parse("anteroom {\n" + text + "\n}").settings();
  }
}
