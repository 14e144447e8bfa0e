// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads certificates with their keys from files, on the caller's thread. */
public final class CertificateLoader {
  private static final long MAX_BYTES = 1 << 20;
  private static final byte[] SAMPLE = "anteroom".getBytes(StandardCharsets.US_ASCII);

  private CertificateLoader() {}

  /**
   * Reads a certificate and its key, each file of at most 1 MiB. Whether the certificate is valid
   * now is not checked.
   *
   * @throws IOException if a file is missing or can't be read, or if the key is not that of the
   *     certificate; the message has the file
   */
  public static ServerCertificate load(CertificateFiles files) throws IOException {
    char[] password = password(files.password());
    ServerCertificate loaded =
        files instanceof CertificateFiles.Pem pem
            ? pem(pem, password)
            : pkcs12((CertificateFiles.Pkcs12) files, password);
    if (!belongTogether(loaded.key(), loaded.certificate().getPublicKey())) {
      Path key = files instanceof CertificateFiles.Pem pem ? pem.key() : files.file();
      throw new IOException(key + ": the key is not that of the certificate " + files.file());
    }
    return loaded;
  }

  private static ServerCertificate pem(CertificateFiles.Pem files, char @Nullable [] password)
      throws IOException {
    List<X509Certificate> chain = chain(files.file());
    byte[] key = content(files.key());
    try {
      return new ServerCertificate(files, chain, PrivateKeys.read(key, password));
    } catch (IOException e) {
      throw new IOException(files.key() + ": " + e.getMessage(), e);
    }
  }

  private static List<X509Certificate> chain(Path file) throws IOException {
    byte[] content = content(file);
    List<X509Certificate> chain = new ArrayList<>();
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      for (Pem.Block block : Pem.blocks(content)) {
        if (block.label().equals("CERTIFICATE")) {
          chain.add(
              (X509Certificate)
                  factory.generateCertificate(new ByteArrayInputStream(block.content())));
        }
      }
    } catch (CertificateException e) {
      throw new IOException("%s: certificate %d is broken".formatted(file, chain.size() + 1), e);
    } catch (IOException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
    if (chain.isEmpty()) {
      throw new IOException(file + ": has no certificate in PEM");
    }
    return chain;
  }

  private static ServerCertificate pkcs12(CertificateFiles.Pkcs12 files, char @Nullable [] password)
      throws IOException {
    char[] secret = password == null ? new char[0] : password;
    byte[] content = content(files.file());
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(new ByteArrayInputStream(content), secret);
      String alias = onlyKey(store, files.file());
      Key key = store.getKey(alias, secret);
      Certificate[] chain = store.getCertificateChain(alias);
      if (!(key instanceof PrivateKey secretKey) || chain == null || chain.length == 0) {
        throw new IOException(files.file() + ": its key has no certificate");
      }
      return new ServerCertificate(
          files, Arrays.stream(chain).map(X509Certificate.class::cast).toList(), secretKey);
    } catch (GeneralSecurityException e) {
      throw new IOException(files.file() + ": its key can't be read: " + e.getMessage(), e);
    } catch (IOException e) {
      String message = String.valueOf(e.getMessage());
      throw message.startsWith(files.file().toString())
          ? e
          : new IOException(files.file() + ": is no PKCS#12 file, or has another password", e);
    }
  }

  private static String onlyKey(KeyStore store, Path file)
      throws IOException, GeneralSecurityException {
    List<String> keys = new ArrayList<>();
    for (String alias : Collections.list(store.aliases())) {
      if (store.isKeyEntry(alias)) {
        keys.add(alias);
      }
    }
    if (keys.size() != 1) {
      throw new IOException(
          file + (keys.isEmpty() ? ": has no private key" : ": has more than one private key"));
    }
    return keys.get(0);
  }

  private static char @Nullable [] password(CertificateFiles.@Nullable Password password)
      throws IOException {
    if (password instanceof CertificateFiles.Password.Known known) {
      return known.text().toCharArray();
    }
    return password instanceof CertificateFiles.Password.InFile inFile ? line(inFile.file()) : null;
  }

  private static char[] line(Path file) throws IOException {
    String text = new String(content(file), StandardCharsets.UTF_8).stripTrailing();
    if (text.isEmpty() || text.lines().count() != 1) {
      throw new IOException(file + ": must have one line with the password");
    }
    return text.toCharArray();
  }

  private static byte[] content(Path file) throws IOException {
    // Reading a pipe would block.
    if (!Files.isRegularFile(file)) {
      throw new IOException(file + (Files.exists(file) ? ": is no file" : ": no such file"));
    }
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException(file + ": is larger than 1 MiB");
    }
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new IOException(file + ": can't be read: " + e.getMessage(), e);
    }
  }

  /** Whether what the one signs is verified with the other. */
  private static boolean belongTogether(PrivateKey key, PublicKey certified) {
    if (!key.getAlgorithm().equals(certified.getAlgorithm())) {
      return false;
    }
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> key.getAlgorithm();
        };
    try {
      Signature signing = Signature.getInstance(algorithm);
      signing.initSign(key);
      signing.update(SAMPLE);
      byte[] signature = signing.sign();
      Signature verifying = Signature.getInstance(algorithm);
      verifying.initVerify(certified);
      verifying.update(SAMPLE);
      return verifying.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
