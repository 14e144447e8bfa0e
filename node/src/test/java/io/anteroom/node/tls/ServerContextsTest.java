// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.testing.TlsFiles;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ServerContextsTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:30:00Z");

  @TempDir private Path directory;

  private ServerCertificate certificate(String name, String names) throws Exception {
    TlsFiles files = TlsFiles.make(directory, name, names);
    return CertificateLoader.load(new CertificateFiles.Pem(files.certificate(), files.key(), null));
  }

  @ParameterizedTest
  @EnumSource
  void name_selectsItsCertificate_aWildcard_orTheFirst(TlsProvider provider) throws Exception {
    ServerContexts contexts =
        ServerContexts.of(
            new ServerContexts.Offer(provider, List.of("dot")),
            List.of(
                certificate("first", "DNS:first.test"),
                certificate("wild", "DNS:*.many.test,DNS:First.test"),
                certificate("exact", "DNS:one.many.test")),
            NOW);
    var first = contexts.of("first.test");
    var wild = contexts.of("two.many.test");
    var exact = contexts.of("one.many.test");

    assertThat(List.of(first, wild, exact)).doesNotHaveDuplicates();
    assertThat(contexts.of(null)).isSameAs(first);
    assertThat(contexts.of("unknown.test")).isSameAs(first);
    assertThat(contexts.of("many.test")).isSameAs(first);
    assertThat(contexts.of("a.b.many.test")).isSameAs(first);
    assertThat(contexts.of("test")).isSameAs(first);
  }

  @Test
  void offer_acceptsItsProtocols_andClientsWithoutAny() {
    ServerContexts.Offer offer = new ServerContexts.Offer(TlsProvider.JDK, List.of("dot"));

    assertThat(offer.accepts(new ClientHello(null, List.of()))).isTrue();
    assertThat(offer.accepts(new ClientHello(null, List.of("h2", "dot")))).isTrue();
    assertThat(offer.accepts(new ClientHello(null, List.of("h2", "DOT")))).isFalse();
  }

  @Test
  void ticketKey_isKnownOneHourLonger_thanItIsUsed() {
    TicketKeys keys = TicketKeys.random(new SecureRandom());
    OpenSslSessionTicketKey[] now = keys.at(NOW, "a");
    OpenSslSessionTicketKey[] soon = keys.at(NOW.plus(Duration.ofMinutes(29)), "a");
    OpenSslSessionTicketKey[] next = keys.at(NOW.plus(Duration.ofMinutes(31)), "a");

    assertThat(soon[0].name()).isEqualTo(now[0].name());
    assertThat(soon[0].aesKey()).isEqualTo(now[0].aesKey());
    assertThat(next[0].name()).isNotEqualTo(now[0].name());
    assertThat(next[1].name()).isEqualTo(now[0].name());
    assertThat(next[1].hmacKey()).isEqualTo(now[0].hmacKey());
  }

  @Test
  void ticketKeys_ofAnotherPurposeOrNode_areOthers() {
    TicketKeys keys = TicketKeys.random(new SecureRandom());

    assertThat(keys.at(NOW, "a")[0].name()).isNotEqualTo(keys.at(NOW, "b")[0].name());
    assertThat(keys.at(NOW, "a")[0].name())
        .isNotEqualTo(TicketKeys.random(new SecureRandom()).at(NOW, "a")[0].name());
  }
}
