// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.config.BreakerSettings;
import io.anteroom.node.config.ConnectorSettings;
import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.NodeSettings;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
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
