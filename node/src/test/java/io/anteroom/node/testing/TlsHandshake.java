// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** The client's side of a TLS handshake with the JDK, which trusts any certificate. */
public final class TlsHandshake {
  /** Says nothing that is not needed. */
  public static final TlsHandshake PLAIN = new TlsHandshake(parameters -> {});

  private final Consumer<SSLParameters> settings;
  private final SSLContext context = trustful();

  private TlsHandshake(Consumer<SSLParameters> settings) {
    this.settings = settings;
  }

  /** With other parameters. */
  public static TlsHandshake with(Consumer<SSLParameters> settings) {
    return new TlsHandshake(settings);
  }

  /** Asks for the certificate of this name. */
  public static TlsHandshake named(String name) {
    return with(parameters -> parameters.setServerNames(List.of(new SNIHostName(name))));
  }

  /** Offers these protocols. */
  public static TlsHandshake offering(String... protocols) {
    return with(parameters -> parameters.setApplicationProtocols(protocols));
  }

  /** Speaks only this version. */
  public static TlsHandshake version(String version) {
    return with(parameters -> parameters.setProtocols(new String[] {version}));
  }

  /** The record with the ClientHello of such a handshake. */
  public static byte[] clientHello(String name, String... protocols) {
    SSLEngine engine = trustful().createSSLEngine();
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setServerNames(List.of(new SNIHostName(name)));
    parameters.setApplicationProtocols(protocols);
    engine.setSSLParameters(parameters);
    ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    try {
      engine.wrap(ByteBuffer.allocate(0), record);
    } catch (SSLException e) {
      throw new AssertionError(e);
    }
    return Arrays.copyOf(record.array(), record.position());
  }

  SSLSocket shake(Socket socket) throws IOException {
    SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(socket, null, true);
    tls.setUseClientMode(true);
    SSLParameters parameters = tls.getSSLParameters();
    settings.accept(parameters);
    tls.setSSLParameters(parameters);
    tls.startHandshake();
    return tls;
  }

  private static SSLContext trustful() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new Trustful()}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static final class Trustful implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
