// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.tls;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSessionContext;
import org.jspecify.annotations.Nullable;

/**
 * The TLS contexts of one listener, one for each certificate. {@link #of} gives a client the one
 * for the name that it asks for. Thread-safe.
 *
 * <p>TLS 1.2 and 1.3, with cipher suites that have forward secrecy and authenticated encryption
 * (RFC 9325 section 4.2). A client can't renegotiate in TLS 1.2: each time would cost a signature,
 * and no limit of handshakes would count it. BoringSSL never lets it; the JDK reads a system
 * property at its first handshake as a server, which is for the whole process and is set here.
 */
public final class ServerContexts implements HandshakeContexts {
  private static final List<String> CIPHERS =
      List.of(
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

  /** Most sessions that the JDK keeps for clients that take no tickets. */
  private static final int JDK_SESSIONS = 10_000;

  private static final String NO_RENEGOTIATION = "jdk.tls.rejectClientInitiatedRenegotiation";

  static {
    if (System.getProperty(NO_RENEGOTIATION) == null) {
      System.setProperty(NO_RENEGOTIATION, "true");
    }
  }

  private final Offer offer;
  private final TicketKeys keys;
  private final ByServerName<SslContext> byName;
  private final Map<SslContext, String> purposes = new HashMap<>();
  private final List<SslContext> all;
  private long hour;

  /** What a listener offers, whatever its certificates are. */
  public static final class Offer {
    private final TlsProvider provider;
    private final List<String> protocols;

    /**
     * An offer.
     *
     * @param protocols ALPN names, the preferred one first
     */
    public Offer(TlsProvider provider, List<String> protocols) {
      this.provider = provider;
      this.protocols = List.copyOf(protocols);
    }

    boolean accepts(ClientHello hello) {
      return hello.protocols().isEmpty()
          || hello.protocols().stream().anyMatch(protocols::contains);
    }
  }

  private ServerContexts(
      Offer offer,
      TicketKeys keys,
      List<ServerCertificate> certificates,
      List<SslContext> contexts) {
    this.offer = offer;
    this.keys = keys;
    this.byName = new ByServerName<>(certificates, contexts);
    this.all = contexts;
    for (int i = 0; i < contexts.size(); i++) {
      purposes.put(contexts.get(i), String.join(" ", certificates.get(i).names()));
    }
  }

  /**
   * Creates the contexts.
   *
   * @param keys of session tickets, which contexts of certificates that are read later share
   * @param certificates at least one; the first is for clients that ask for no name, or for a name
   *     that no certificate has
   * @throws IOException if a certificate can't be used, with its file
   */
  public static ServerContexts of(
      Offer offer, TicketKeys keys, List<ServerCertificate> certificates, Instant now)
      throws IOException {
    List<SslContext> contexts = new java.util.ArrayList<>();
    for (ServerCertificate certificate : certificates) {
      contexts.add(context(offer, certificate));
    }
    ServerContexts all = new ServerContexts(offer, keys, certificates, contexts);
    all.rotate(now);
    return all;
  }

  private static SslContext context(Offer offer, ServerCertificate certificate) throws IOException {
    try {
      SslContextBuilder builder =
          SslContextBuilder.forServer(
                  certificate.key(), certificate.chain().toArray(X509Certificate[]::new))
              .sslProvider(offer.provider.netty())
              .protocols("TLSv1.3", "TLSv1.2")
              .ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
              .sessionTimeout(TicketKeys.LIFE.toSeconds());
      if (!offer.protocols.isEmpty()) {
        builder.applicationProtocolConfig(
            new ApplicationProtocolConfig(
                Protocol.ALPN,
                SelectorFailureBehavior.NO_ADVERTISE,
                SelectedListenerFailureBehavior.ACCEPT,
                offer.protocols));
      }
      SslContext context = builder.build();
      limit(context.sessionContext());
      return context;
    } catch (SSLException | IllegalArgumentException e) {
      throw new IOException(
          "%s: can't be used for TLS: %s".formatted(certificate.files().file(), e.getMessage()), e);
    }
  }

  private static void limit(@Nullable SSLSessionContext sessions) {
    if (sessions instanceof OpenSslSessionContext openSsl) {
      // Tickets do the same without memory here.
      openSsl.setSessionCacheEnabled(false);
    } else if (sessions != null) {
      sessions.setSessionCacheSize(JDK_SESSIONS);
    }
  }

  @Override
  public synchronized void rotate(Instant now) {
    if (TicketKeys.hour(now) == hour) {
      return;
    }
    hour = TicketKeys.hour(now);
    for (SslContext context : all) {
      if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
        sessions.setTicketKeys(keys.at(now, purposes.getOrDefault(context, "")));
      }
    }
  }

  /** Whether a client with this ClientHello can be served. One without ALPN can. */
  public boolean accepts(ClientHello hello) {
    return offer.accepts(hello);
  }

  /** The context for a client that asks for this name; null for none. */
  public SslContext of(@Nullable String name) {
    return byName.of(name);
  }
}
