// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import io.anteroom.node.config.TlsListenerSettings;
import io.anteroom.node.config.TlsSettings;
import io.anteroom.node.tls.CertificateFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;

/**
 * A listener for DNS over TLS on loopback, to try it out, with a certificate that it has signed
 * itself. The certificate is made by the JDK's keytool in a directory that only this user can read
 * and that is removed when the process ends.
 */
final class TryTls {
  /** The port of DNS over TLS, 853, plus 8000, so that anybody may listen on it. */
  static final int PORT = 8853;

  private static final int PASSWORD_BYTES = 16;

  private TryTls() {}

  /**
   * Makes the certificate, which takes about a second.
   *
   * @throws IOException if it can't be made, with a message for the operator
   */
  static TlsListenerSettings listener(SecureRandom random) throws IOException {
    Path directory = Files.createTempDirectory("anteroom-tls-");
    Path password = directory.resolve("password");
    Path store = directory.resolve("try.p12");
    for (Path path : List.of(directory, password, store)) {
      path.toFile().deleteOnExit();
    }
    byte[] secret = new byte[PASSWORD_BYTES];
    random.nextBytes(secret);
    Files.writeString(password, HexFormat.of().formatHex(secret));
    make(store, password);
    return TlsListenerSettings.of(
        new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), PORT),
        TlsSettings.of(List.of(new CertificateFiles.Pkcs12(store, password))));
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
