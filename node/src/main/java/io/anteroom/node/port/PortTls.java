// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.port;

import io.netty.channel.Channel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import org.apache.pekko.pki.pem.DERPrivateKeyLoader;
import org.apache.pekko.pki.pem.PEMDecoder;
import org.apache.pekko.pki.pem.PEMLoadingException;

/**
 * Mutual TLS for greetings, with the PEM files of the members. They are read again for each
 * connection, because certificates are replaced while nodes run; there are few connections.
 *
 * @param key the private key of this node
 * @param certificate the certificate of this node
 * @param caCertificate the authority that signed the certificates of all members
 */
public record PortTls(Path key, Path certificate, Path caCertificate) {
  /** The ALPN protocol name (RFC 7301) that distinguishes a greeting from a member's connection. */
  static final String GREETING = "anteroom-greeting";

  private static final ApplicationProtocolConfig PROTOCOL =
      new ApplicationProtocolConfig(
          Protocol.ALPN,
          SelectorFailureBehavior.NO_ADVERTISE,
          SelectedListenerFailureBehavior.ACCEPT,
          GREETING);

  /** Throws if the files can't be read. */
  void check() throws IOException {
    var unused = context(true);
  }

  SslHandler server(Channel channel) {
    try {
      return context(true).newHandler(channel.alloc());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  SslHandler client(Channel channel) throws IOException {
    return context(false).newHandler(channel.alloc());
  }

  private SslContext context(boolean server) throws IOException {
    try {
      X509Certificate[] chain =
          certificates(certificate).stream()
              .map(X509Certificate.class::cast)
              .toArray(X509Certificate[]::new);
      X509Certificate[] trusted =
          certificates(caCertificate).stream()
              .map(X509Certificate.class::cast)
              .toArray(X509Certificate[]::new);
      SslContextBuilder builder =
          server
              ? SslContextBuilder.forServer(privateKey(), chain).clientAuth(ClientAuth.REQUIRE)
              : SslContextBuilder.forClient()
                  .keyManager(privateKey(), chain)
                  // As among members: any certificate of this CA is valid, with any name.
                  .endpointIdentificationAlgorithm("");
      return builder
          .sslProvider(SslProvider.JDK)
          .trustManager(trusted)
          .applicationProtocolConfig(PROTOCOL)
          .build();
    } catch (GeneralSecurityException | PEMLoadingException | IllegalArgumentException e) {
      throw new IOException("the TLS files of the cluster can't be used: " + e.getMessage(), e);
    }
  }

  private PrivateKey privateKey() throws IOException, PEMLoadingException {
    return DERPrivateKeyLoader.load(PEMDecoder.decode(Files.readString(key)));
  }

  private static Collection<? extends java.security.cert.Certificate> certificates(Path file)
      throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(file)) {
      return CertificateFactory.getInstance("X.509").generateCertificates(in);
    }
  }
}
