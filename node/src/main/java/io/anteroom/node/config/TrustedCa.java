// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * Certificate authorities for a server's certificate, instead of those that the JVM trusts. The
 * file is read once, together with the settings that name it.
 *
 * @param certificates at least one
 */
public record TrustedCa(Path file, List<X509Certificate> certificates) {
  private static final long MAX_BYTES = 1 << 20;

  public TrustedCa {
    certificates = List.copyOf(certificates);
  }

  /**
   * Reads a PEM file of at most 1 MiB.
   *
   * @throws IllegalArgumentException says what is wrong with it
   */
  public static TrustedCa read(Path file) {
    try {
      // Reading a pipe would block.
      if (!Files.isRegularFile(file) || Files.size(file) > MAX_BYTES) {
        throw new IllegalArgumentException("ca is no file of at most 1 MiB: " + file);
      }
      List<X509Certificate> certificates =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (certificates.isEmpty()) {
        throw new IllegalArgumentException("ca has no certificate in it: " + file);
      }
      return new TrustedCa(file, certificates);
    } catch (IOException | CertificateException e) {
      throw new IllegalArgumentException("ca has no certificates in PEM: " + file, e);
    }
  }
}
