// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.config.TrustedCa;
import io.anteroom.node.tls.ServerTrust;
import io.anteroom.node.tls.TlsProvider;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Authentication of servers that are asked over TLS (RFC 7858 section 4.2, RFC 8310).
 *
 * <p>By name: the certificate has the name as a DNS name or IP address in its subjectAltName, and
 * is issued by one of the CAs configured for the server, or if none is, by one that the JVM trusts,
 * which {@code javax.net.ssl.trustStore} may change. By pin: the server's own public key matches
 * one of the pins. Pins of CA keys are not supported, because without a name the chain is not
 * validated and could contain any CA.
 */
final class UpstreamTls {
  private UpstreamTls() {}

  /**
   * The TLS context for a server. If it is authenticated by name, this may read the JVM's trust
   * store, which takes some 50 ms. The context keeps the sessions of its connections, by name and
   * port, so that later connections resume them (RFC 8446 section 2.2).
   *
   * @param protocol to be agreed on by ALPN; empty for none
   * @param whenRight called for each certificate that is right, on any thread; a connection that
   *     resumes a session needs none
   * @throws IllegalStateException if the JVM lacks TLS or its algorithms
   */
  static SslContext context(
      ServerSettings.Tls tls, TlsProvider provider, String protocol, Runnable whenRight) {
    String verified = tls.anyone() ? null : tls.name();
    try {
      SslContextBuilder builder =
          SslContextBuilder.forClient()
              .sslProvider(provider.isOpenSsl() ? SslProvider.OPENSSL : SslProvider.JDK)
              .protocols("TLSv1.3", "TLSv1.2")
              .endpointIdentificationAlgorithm(verified == null ? null : "HTTPS");
      if (!protocol.isEmpty()) {
        builder.applicationProtocolConfig(alpn(protocol));
      }
      X509ExtendedTrustManager named = verified == null ? null : trust(tls.ca());
      return builder.trustManager(new Trust(named, tls.pins(), whenRight)).build();
    } catch (GeneralSecurityException | SSLException e) {
      throw new IllegalStateException("this JVM has no TLS", e);
    }
  }

  /**
   * The TLS context for a server over QUIC (RFC 9250), which keeps sessions as well.
   *
   * @param whenRight as for {@link #context}
   * @throws IllegalStateException if the JVM lacks its algorithms
   */
  static QuicSslContext quic(ServerSettings.Tls tls, Runnable whenRight) {
    String verified = tls.anyone() ? null : tls.name();
    try {
      X509ExtendedTrustManager named = verified == null ? null : trust(tls.ca());
      return QuicSslContextBuilder.forClient()
          .endpointIdentificationAlgorithm(verified == null ? null : "HTTPS")
          .applicationProtocols(QuicOpening.PROTOCOL)
          .trustManager(new Trust(named, tls.pins(), whenRight))
          .build();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JVM has no TLS", e);
    }
  }

  /** A server that agrees on nothing is told from others by the one who asks. */
  private static ApplicationProtocolConfig alpn(String protocol) {
    return new ApplicationProtocolConfig(
        ApplicationProtocolConfig.Protocol.ALPN,
        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
        protocol);
  }

  private static X509ExtendedTrustManager trust(@Nullable TrustedCa ca)
      throws GeneralSecurityException {
    return ServerTrust.in(ca == null ? null : ca.certificates());
  }

  /** The pin of a certificate: SHA-256 of its public key in DER, in base64. */
  static String pin(X509Certificate certificate) throws GeneralSecurityException {
    byte[] key = certificate.getPublicKey().getEncoded();
    return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256").digest(key));
  }

  /** Checks pins and names of servers; rejects all clients. */
  private static final class Trust extends X509ExtendedTrustManager {
    private final @Nullable X509ExtendedTrustManager named;
    private final Set<String> pins;
    private final Runnable verified;

    Trust(@Nullable X509ExtendedTrustManager named, Set<String> pins, Runnable verified) {
      this.verified = verified;
      this.named = named;
      this.pins = pins;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      if (!pins.isEmpty()) {
        checkPin(chain);
      }
      if (named != null) {
        // This checks the name as well, because the engine is configured for endpoint
        // identification.
        named.checkServerTrusted(chain, type, engine);
      }
      verified.run();
    }

    private void checkPin(X509Certificate[] chain) throws CertificateException {
      try {
        String pin = pin(chain[0]);
        if (!pins.contains(pin)) {
          throw new CertificateException("the server's key has another pin: " + pin);
        }
      } catch (GeneralSecurityException e) {
        throw new CertificateException(e);
      }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      throw new CertificateException("without an engine there is no name to check");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("without an engine there is no name to check");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      throw new CertificateException("no servers here");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      throw new CertificateException("no servers here");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("no servers here");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return named == null ? new X509Certificate[0] : named.getAcceptedIssuers();
    }
  }
}
