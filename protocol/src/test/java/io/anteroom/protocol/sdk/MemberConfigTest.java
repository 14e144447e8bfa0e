// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import io.anteroom.protocol.FilterKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.pekko.actor.Address;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MemberConfigTest {
  @TempDir private Path dir;

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.1.2.3", "::1", "localhost"})
  void config_onLoopback_isPlainTcp(String host) {
    Config artery = config(host, false, null).getConfig("pekko.remote.artery");

    assertThat(artery.getString("transport")).isEqualTo("tcp");
    assertThat(artery.getString("canonical.hostname")).isEqualTo(host);
    assertThat(artery.getInt("canonical.port")).isEqualTo(25_520);
    assertThat(artery.getInt("advanced.outbound-message-queue-size")).isEqualTo(32_768);
  }

  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.1", "0.0.0.0", "::", "2001:db8::1"})
  void config_offLoopbackWithoutTls_isRefused(String host) {
    assertThatThrownBy(() -> config(host, false, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(host);
  }

  @Test
  void config_offLoopbackAndInsecureInSoManyWords_isPlainTcp() {
    assertThat(config("192.0.2.1", true, null).getString("pekko.remote.artery.transport"))
        .isEqualTo("tcp");
  }

  @Test
  void config_withTls_namesTheFiles() throws Exception {
    MemberTls tls = new MemberTls(file("key"), file("cert"), file("ca"));

    Config artery = config("192.0.2.1", false, tls).getConfig("pekko.remote.artery");

    assertThat(artery.getString("transport")).isEqualTo("tls-tcp");
    Config files = artery.getConfig("ssl.rotating-keys-engine");
    assertThat(files.getString("key-file")).isEqualTo(tls.key().toString());
    assertThat(files.getString("cert-file")).isEqualTo(tls.certificate().toString());
    assertThat(files.getString("ca-cert-file")).isEqualTo(tls.caCertificate().toString());
  }

  @Test
  void config_withATlsFileThatIsNotThere_isRefusedByItsName() throws Exception {
    MemberTls tls = new MemberTls(file("key"), dir.resolve("none"), file("ca"));

    assertThatThrownBy(() -> config("192.0.2.1", false, tls))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the certificate for TLS can't be read: " + tls.certificate());
  }

  @Test
  void config_ofAnyMember_letsNoMemberEndItself() {
    Config pekko = config("127.0.0.1", false, null).getConfig("pekko");

    assertThat(pekko.getStringList("cluster.roles")).containsExactly(FilterKeys.FILTER_ROLE);
    assertThat(pekko.getString("cluster.downing-provider-class")).isEmpty();
    // Nodes decide by what all of them see.
    assertThat(pekko.getInt("cluster.failure-detector.monitored-by-nr-of-members")).isEqualTo(100);
    assertThat(pekko.getString("remote.artery.advanced.compression.actor-refs.max"))
        .isEqualTo("off");
    assertThat(pekko.getDuration("scheduler.tick-duration")).isEqualTo(Duration.ofMillis(2));
    assertThat(pekko.getBoolean("actor.allow-java-serialization")).isFalse();
  }

  @Test
  void seeds_ofTheirForm_areRead() {
    assertThat(MemberConfig.seeds(List.of("127.0.0.1:17355", "[::1]:1")))
        .containsExactly(
            new Address("pekko", "anteroom", "127.0.0.1", 17_355),
            new Address("pekko", "anteroom", "[::1]", 1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "host",
        "host:",
        ":1",
        "host:0",
        "host:65536",
        "host:-1",
        "host:x",
        "::1:17355"
      })
  void seed_ofAnotherForm_isRefused(String seed) {
    assertThatThrownBy(() -> MemberConfig.seeds(List.of(seed)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("host:port");
  }

  private Path file(String name) throws IOException {
    return Files.writeString(dir.resolve(name), name);
  }

  private static Config config(String host, boolean insecure, MemberTls tls) {
    return MemberConfig.config(host, 25_520, FilterKeys.FILTER_ROLE, insecure, tls);
  }
}
