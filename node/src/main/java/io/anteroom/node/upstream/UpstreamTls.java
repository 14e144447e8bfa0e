// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.upstream;

import io.anteroom.node.config.ServerSettings;
import io.anteroom.node.config.TrustedCa;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
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
   * store, which takes some 50 ms.
   *
   * @throws IllegalStateException if the JVM lacks TLS or its algorithms
   */
  static SslContext context(ServerSettings.Tls tls) {
    try {
      SslContextBuilder builder =
          SslContextBuilder.forClient()
              .sslProvider(SslProvider.JDK)
              .protocols("TLSv1.3", "TLSv1.2")
              .endpointIdentificationAlgorithm(tls.name() == null ? null : "HTTPS");
      X509ExtendedTrustManager named = tls.name() == null ? null : trust(tls.ca());
      return builder.trustManager(new Trust(named, tls.pins())).build();
    } catch (GeneralSecurityException | SSLException e) {
      throw new IllegalStateException("this JVM has no TLS", e);
    }
  }

  /** Trust manager for these CAs, or for those that the JVM trusts if null. */
  private static X509ExtendedTrustManager trust(@Nullable TrustedCa ca)
      throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(ca == null ? null : store(ca));
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509ExtendedTrustManager extended) {
        return extended;
      }
    }
    throw new GeneralSecurityException("no trust manager for X.509");
  }

  private static KeyStore store(TrustedCa ca) throws GeneralSecurityException {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (X509Certificate certificate : ca.certificates()) {
        store.setCertificateEntry("ca-" + store.size(), certificate);
      }
      return store;
    } catch (IOException e) {
      throw new GeneralSecurityException(e);
    }
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

    Trust(@Nullable X509ExtendedTrustManager named, Set<String> pins) {
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
