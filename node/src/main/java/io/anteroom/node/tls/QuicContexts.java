// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.handler.codec.quic.SslSessionTicketKey;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The TLS contexts of one listener on QUIC (RFC 9001), which is TLS 1.3 by the library of QUIC. A
 * client gets the certificate for the name that it asks for. There is no early data (0-RTT): it can
 * be replayed by others, and a query may have effects, such as a verdict that holds. Thread-safe.
 */
public final class QuicContexts implements HandshakeContexts {
  private final TicketKeys keys;
  private final List<QuicSslContext> all = new ArrayList<>();
  private final ByServerName<QuicSslContext> byName;
  private final String purpose;
  private long hour;

  /** What a listener offers, whatever its certificates are. */
  public static final class Offer {
    private final String protocol;

    /**
     * An offer.
     *
     * @param protocol the ALPN name, which a client must offer
     */
    public Offer(String protocol) {
      this.protocol = protocol;
    }
  }

  private QuicContexts(Offer offer, TicketKeys keys, List<ServerCertificate> certificates)
      throws IOException {
    this.keys = keys;
    // Connections begin with this one, and change to that of the name which they ask for.
    all.add(context(offer, certificates.get(0), true));
    for (ServerCertificate certificate : certificates) {
      all.add(context(offer, certificate, false));
    }
    this.byName = new ByServerName<>(certificates, all.subList(1, all.size()));
    this.purpose = String.join(" ", certificates.get(0).names());
  }

  /**
   * Creates the contexts.
   *
   * @param keys of session tickets, which contexts of certificates that are read later share
   * @param certificates at least one; the first is for clients that ask for no name, or for a name
   *     that no certificate has
   * @throws IOException if a certificate can't be used, with its file
   */
  public static QuicContexts of(
      Offer offer, TicketKeys keys, List<ServerCertificate> certificates, Instant now)
      throws IOException {
    QuicContexts contexts = new QuicContexts(offer, keys, certificates);
    contexts.rotate(now);
    return contexts;
  }

  private QuicSslContext context(Offer offer, ServerCertificate certificate, boolean first)
      throws IOException {
    try {
      QuicSslContextBuilder builder =
          QuicSslContextBuilder.forServer(
                  certificate.key(), null, certificate.chain().toArray(X509Certificate[]::new))
              .trustManager(new Nobody())
              .applicationProtocols(offer.protocol)
              .earlyData(false)
              .sessionTimeout(TicketKeys.LIFE.toSeconds());
      return (first ? builder.sni(this::of) : builder).build();
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new IOException(
          "%s: can't be used for QUIC: %s".formatted(certificate.files().file(), e.getMessage()),
          e);
    }
  }

  private QuicSslContext of(@Nullable String name) {
    return byName.of(name == null ? null : name.toLowerCase(Locale.ROOT));
  }

  /** The engine for a new connection. */
  public QuicSslEngine newEngine(ByteBufAllocator allocator) {
    return all.get(0).newEngine(allocator);
  }

  @Override
  public synchronized void rotate(Instant now) {
    if (TicketKeys.hour(now) == hour) {
      return;
    }
    hour = TicketKeys.hour(now);
    List<SslSessionTicketKey> next = new ArrayList<>();
    for (byte[] key : keys.bytesAt(now, purpose)) {
      int hmac = SslSessionTicketKey.NAME_SIZE;
      int aes = hmac + SslSessionTicketKey.HMAC_KEY_SIZE;
      next.add(
          new SslSessionTicketKey(
              Arrays.copyOf(key, hmac),
              Arrays.copyOfRange(key, hmac, aes),
              Arrays.copyOfRange(key, aes, SslSessionTicketKey.TICKET_KEY_SIZE)));
    }
    for (QuicSslContext context : all) {
      context.sessionContext().setTicketKeys(next.toArray(SslSessionTicketKey[]::new));
    }
  }

  /** Clients have no certificates, so the authorities of the JVM need not be read. */
  private static final class Nobody implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("no certificate of a client is trusted");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("no certificate of a server is trusted");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
