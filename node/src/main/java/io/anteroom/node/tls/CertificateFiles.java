// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.tls;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The files that a certificate and its key are read from. */
public sealed interface CertificateFiles {
  /** The file with the certificate, by which messages and metrics name it. */
  Path file();

  /** The file whose only line is the password; null for none. */
  @Nullable Path password();

  /** All files that are read, in no particular order. */
  List<Path> all();

  /**
   * Two files in PEM.
   *
   * @param file the certificate, followed by those of the authorities between it and the root
   * @param key the private key
   * @param password of the private key, if it is encrypted
   */
  record Pem(Path file, Path key, @Nullable Path password) implements CertificateFiles {
    @Override
    public List<Path> all() {
      return Stream.of(file, key, password).filter(Objects::nonNull).toList();
    }
  }

  /** A PKCS#12 file with one private key and its certificates. */
  record Pkcs12(Path file, @Nullable Path password) implements CertificateFiles {
    @Override
    public List<Path> all() {
      return Stream.of(file, password).filter(Objects::nonNull).toList();
    }
  }
}
