// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.node.tls.CertificateFiles;
import io.anteroom.node.tls.TlsProvider;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * TLS of one listener.
 *
 * @param certificates at least one; the first is for clients that ask for no name, or for one that
 *     no certificate has
 * @param handshakeTimeout the time from the start of a connection to the end of its handshake
 * @param maxHandshakes handshakes begun per second, on all event loops together
 * @param maxHandshakesPerClient those of one address, or one /64 of IPv6
 * @param ticketSecrets the file with the secrets of session tickets that listeners and nodes share;
 *     null for a random one of each listener
 */
public record TlsSettings(
    List<CertificateFiles> certificates,
    TlsProvider provider,
    Duration handshakeTimeout,
    int maxHandshakes,
    int maxHandshakesPerClient,
    @Nullable Path ticketSecrets) {
  private static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(10);
  private static final int MAX_HANDSHAKES = 1_000;
  private static final int MAX_HANDSHAKES_PER_CLIENT = 100;
  private static final int MOST = 1_000_000;

  public TlsSettings {
    certificates = List.copyOf(certificates);
  }

  /** The default settings with these certificates. */
  public static TlsSettings of(List<CertificateFiles> certificates) {
    return new TlsSettings(
        certificates,
        TlsProvider.AUTO,
        HANDSHAKE_TIMEOUT,
        MAX_HANDSHAKES,
        MAX_HANDSHAKES_PER_CLIENT,
        null);
  }

  static TlsSettings read(
      SettingsReader tls, List<CertificateFiles> certificates, @Nullable Path ticketSecrets) {
    return new TlsSettings(
        certificates,
        tls.word("provider", TlsProvider.AUTO),
        tls.duration(
            "handshake-timeout", HANDSHAKE_TIMEOUT, Duration.ofMillis(10), Duration.ofMinutes(5)),
        tls.integer("max-handshakes", MAX_HANDSHAKES, 1, MOST),
        tls.integer("max-handshakes-per-client", MAX_HANDSHAKES_PER_CLIENT, 1, MOST),
        ticketSecrets);
  }
}
