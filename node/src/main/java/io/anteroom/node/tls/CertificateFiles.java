// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.tls;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The files that a certificate and its key are read from. */
public sealed interface CertificateFiles {
  /** The file with the certificate, by which messages and metrics name it. */
  Path file();

  /** The password of the key; null for none. */
  @Nullable Password password();

  /** All files that are read, in no particular order. */
  List<Path> all();

  /**
   * Two files in PEM.
   *
   * @param file the certificate, followed by those of the authorities between it and the root
   * @param key the private key
   * @param password of the private key, if it is encrypted
   */
  record Pem(Path file, Path key, @Nullable Password password) implements CertificateFiles {
    @Override
    public List<Path> all() {
      return Stream.concat(Stream.of(file, key), Password.files(password)).toList();
    }
  }

  /** A PKCS#12 file with one private key and its certificates. */
  record Pkcs12(Path file, @Nullable Password password) implements CertificateFiles {
    @Override
    public List<Path> all() {
      return Stream.concat(Stream.of(file), Password.files(password)).toList();
    }
  }

  /** A password, or the file whose only line it is. No text of an object shows it. */
  sealed interface Password {
    private static Stream<Path> files(@Nullable Password password) {
      return password instanceof InFile inFile ? Stream.of(inFile.file()) : Stream.of();
    }

    /** It is read whenever the key is read. */
    record InFile(Path file) implements Password {}

    /** It is known. */
    record Known(String text) implements Password {
      @Override
      public String toString() {
        return "Known[...]";
      }
    }
  }
}
