// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import io.anteroom.node.config.Https3ListenerSettings;
import io.anteroom.node.config.HttpsListenerSettings;
import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.config.QuicListenerSettings;
import io.anteroom.node.config.TlsListenerSettings;
import io.anteroom.node.config.TlsSettings;
import io.anteroom.node.tls.CertificateFiles;
import io.anteroom.node.tls.QuicLibrary;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Listeners for DNS over TLS, HTTPS and QUIC on loopback, to try them out, with a certificate that
 * has signed itself. The certificate is made by the JDK's keytool in a directory that only this
 * user can read and that is removed in the end.
 */
final class TryTls implements AutoCloseable {
  /** The port of DNS over TLS, 853, plus 8000, so that anybody may listen on it. */
  static final int PORT = 8853;

  /** The port of HTTPS, 443, plus 8000. */
  static final int HTTPS_PORT = 8443;

  private static final int PASSWORD_BYTES = 16;

  private final List<Path> files;
  private final List<ListenerSettings> listeners;

  private TryTls(List<Path> files, List<ListenerSettings> listeners) {
    this.files = files;
    this.listeners = listeners;
  }

  /** No listeners. */
  static TryTls none() {
    return new TryTls(List.of(), List.of());
  }

  /**
   * Makes the certificate, which takes about a second.
   *
   * @throws IOException if it can't be made, with a message for the operator
   */
  static TryTls make(SecureRandom random) throws IOException {
    Path directory = Files.createTempDirectory("anteroom-tls-");
    Path password = directory.resolve("password");
    Path store = directory.resolve("try.p12");
    TlsSettings tls =
        TlsSettings.of(
            List.of(
                new CertificateFiles.Pkcs12(
                    store, new CertificateFiles.Password.InFile(password))));
    TryTls made = new TryTls(List.of(password, store, directory), listeners(tls));
    byte[] secret = new byte[PASSWORD_BYTES];
    random.nextBytes(secret);
    try {
      Files.writeString(password, HexFormat.of().formatHex(secret));
      make(store, password);
    } catch (IOException e) {
      made.close();
      throw e;
    }
    return made;
  }

  /** Those on QUIC need a native library, without which the others can still be tried. */
  private static List<ListenerSettings> listeners(TlsSettings tls) throws IOException {
    InetSocketAddress port = local(PORT);
    InetSocketAddress https = local(HTTPS_PORT);
    List<ListenerSettings> all = new ArrayList<>();
    all.add(TlsListenerSettings.of(port, tls));
    all.add(HttpsListenerSettings.of(https, tls));
    if (QuicLibrary.whyMissing() == null) {
      all.add(QuicListenerSettings.of(port, tls));
      all.add(Https3ListenerSettings.of(https, tls));
    }
    return all;
  }

  private static InetSocketAddress local(int port) throws IOException {
    return new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
  }

  List<ListenerSettings> listeners() {
    return listeners;
  }

  /** Removes the files. */
  @Override
  public void close() throws IOException {
    for (Path file : files) {
      Files.deleteIfExists(file);
    }
  }

  private static void make(Path store, Path password) throws IOException {
    Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
    Process process =
        new ProcessBuilder(
                keytool.toString(),
                "-genkeypair",
                "-alias",
                "try",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-validity",
                "30",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost,ip:127.0.0.1,ip:::1",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass:file",
                password.toString())
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String said =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    try {
      if (process.waitFor() != 0) {
        throw new IOException(keytool + " can't make a certificate: " + said);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the certificate was made", e);
    }
  }
}
