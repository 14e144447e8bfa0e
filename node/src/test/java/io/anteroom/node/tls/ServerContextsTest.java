// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.testing.TlsFiles;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.SimpleTrustManagerFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.ManagerFactoryParameters;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

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
            TicketKeys.random(new SecureRandom()),
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
  void sharedKeys_areThoseOfAllTheSecrets_andOfNodesWhoseClocksAreAnHourOff() {
    byte[] next = new byte[TicketKeys.SECRET];
    byte[] old = new byte[TicketKeys.SECRET];
    old[0] = 1;
    byte[] made = TicketKeys.shared(List.of(old)).at(NOW, "a")[0].name();

    for (int hours = -1; hours <= 1; hours++) {
      Instant there = NOW.plus(Duration.ofHours(hours));
      assertThat(TicketKeys.shared(List.of(next, old)).at(there, "a"))
          .anyMatch(key -> Arrays.equals(key.name(), made));
    }
    assertThat(TicketKeys.shared(List.of(next, old)).at(NOW.plus(Duration.ofHours(2)), "a"))
        .noneMatch(key -> Arrays.equals(key.name(), made));
    assertThat(TicketKeys.shared(List.of(next, old)).at(NOW, "a")[0].name()).isNotEqualTo(made);
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void session_isResumedAtTheOtherNode_untilItsKeyHasBeenReplacedTwice(String version)
      throws Exception {
    ServerCertificate certificate = certificate("node", "DNS:node.test");
    byte[] secret = new byte[TicketKeys.SECRET];
    ServerContexts one = node(certificate, TicketKeys.shared(List.of(secret)));
    ServerContexts other = node(certificate, TicketKeys.shared(List.of(secret)));
    AtomicInteger full = new AtomicInteger();
    SslContext client = client(version, full);

    shake(client, one);
    assertThat(full).hasValue(1);
    other.rotate(NOW.plus(Duration.ofHours(1)));
    shake(client, other);
    assertThat(full).hasValue(1);
    shake(client, node(certificate, TicketKeys.random(new SecureRandom())));
    assertThat(full).hasValue(2);
    shake(client, one);
    int before = full.get();
    one.rotate(NOW.plus(Duration.ofHours(2)));
    shake(client, one);
    assertThat(full).hasValue(before + 1);
  }

  private static ServerContexts node(ServerCertificate certificate, TicketKeys keys)
      throws IOException {
    ServerContexts.Offer offer = new ServerContexts.Offer(TlsProvider.OPENSSL, List.of("dot"));
    return ServerContexts.of(offer, keys, List.of(certificate), NOW);
  }

  /** A client of the JDK, which keeps its sessions, and counts full handshakes. */
  private static SslContext client(String version, AtomicInteger full) throws SSLException {
    return SslContextBuilder.forClient()
        .sslProvider(SslProvider.JDK)
        .protocols(version)
        .endpointIdentificationAlgorithm(null)
        .trustManager(
            new SimpleTrustManagerFactory() {
              @Override
              protected void engineInit(KeyStore none) {
                // It trusts anyone.
              }

              @Override
              protected void engineInit(ManagerFactoryParameters none) {
                // It trusts anyone.
              }

              @Override
              protected TrustManager[] engineGetTrustManagers() {
                return new TrustManager[] {new Counting(full)};
              }
            })
        .build();
  }

  /** Connects in memory. The server says something, which its tickets come with. */
  private static void shake(SslContext client, ServerContexts server) {
    EmbeddedChannel near =
        new EmbeddedChannel(client.newHandler(ByteBufAllocator.DEFAULT, "node.test", 853));
    EmbeddedChannel far =
        new EmbeddedChannel(server.of("node.test").newHandler(ByteBufAllocator.DEFAULT));
    exchange(near, far);
    far.writeOutbound(Unpooled.wrappedBuffer(new byte[1]));
    exchange(near, far);
    assertThat(near.pipeline().get(SslHandler.class).handshakeFuture().isSuccess()).isTrue();
    near.finishAndReleaseAll();
    far.finishAndReleaseAll();
  }

  private static void exchange(EmbeddedChannel near, EmbeddedChannel far) {
    while (pass(near, far) | pass(far, near)) {
      near.runPendingTasks();
      far.runPendingTasks();
    }
  }

  private static boolean pass(EmbeddedChannel from, EmbeddedChannel to) {
    boolean any = false;
    for (Object bytes = from.readOutbound(); bytes != null; bytes = from.readOutbound()) {
      to.writeInbound(bytes);
      any = true;
    }
    return any;
  }

  private record Counting(AtomicInteger full) implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {
      throw new AssertionError();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      full.incrementAndGet();
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  @Test
  void ticketKeys_ofAnotherPurposeOrNode_areOthers() {
    TicketKeys keys = TicketKeys.random(new SecureRandom());

    assertThat(keys.at(NOW, "a")[0].name()).isNotEqualTo(keys.at(NOW, "b")[0].name());
    assertThat(keys.at(NOW, "a")[0].name())
        .isNotEqualTo(TicketKeys.random(new SecureRandom()).at(NOW, "a")[0].name());
  }
}
