// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.List;
import javax.net.ServerSocketFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A key and a certificate for it that it has signed itself, made by the JDK's keytool. */
public final class TlsIdentity {
  private static final char[] PASSWORD = "changeit".toCharArray();
  private static final String ALIAS = "key";

  private final KeyStore store;

  private TlsIdentity(KeyStore store) {
    this.store = store;
  }

  /**
   * Makes one.
   *
   * @param names as keytool has them: {@code dns:dns.example,ip:127.0.0.1}
   */
  public static TlsIdentity make(Path directory, String names) {
    Path file = directory.resolve("key-" + System.nanoTime() + ".p12");
    try {
      Process keytool =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                  "-genkeypair",
                  "-keyalg",
                  "EC",
                  "-groupname",
                  "secp256r1",
                  "-dname",
                  "CN=nobody",
                  "-ext",
                  "san=" + names,
                  "-alias",
                  ALIAS,
                  "-storetype",
                  "PKCS12",
                  "-keystore",
                  file.toString(),
                  "-storepass",
                  new String(PASSWORD))
              .redirectErrorStream(true)
              .start();
      String said = new String(keytool.getInputStream().readAllBytes());
      assertThat(keytool.waitFor()).as(said).isZero();
      return new TlsIdentity(KeyStore.getInstance(file.toFile(), PASSWORD));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Sockets that show this identity. */
  public ServerSocketFactory serverSockets() {
    return context().getServerSocketFactory();
  }

  /** Shows this identity. */
  public SSLContext context() {
    try {
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, PASSWORD);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** Writes the certificate in PEM. */
  public void writeCertificate(Path file) {
    try {
      String base64 =
          Base64.getMimeEncoder(64, new byte[] {'\n'})
              .encodeToString(store.getCertificate(ALIAS).getEncoded());
      Files.writeString(
          file, "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** SHA-256 of the public key, in base64. */
  public String pin() {
    try {
      byte[] key = store.getCertificate(ALIAS).getPublicKey().getEncoded();
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256").digest(key));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** Has the JVM trust these and nobody else, until {@link #trustTheUsual}. */
  public static void trustOnly(Path directory, List<TlsIdentity> trusted) {
    Path file = directory.resolve("trusted-" + System.nanoTime() + ".p12");
    try (OutputStream out = Files.newOutputStream(file)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, PASSWORD);
      for (TlsIdentity identity : trusted) {
        Certificate certificate = identity.store.getCertificate(ALIAS);
        store.setCertificateEntry("trusted-" + store.size(), certificate);
      }
      store.store(out, PASSWORD);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
    System.setProperty("javax.net.ssl.trustStore", file.toString());
    System.setProperty("javax.net.ssl.trustStorePassword", new String(PASSWORD));
  }

  public static void trustTheUsual() {
    System.clearProperty("javax.net.ssl.trustStore");
    System.clearProperty("javax.net.ssl.trustStorePassword");
  }
}
