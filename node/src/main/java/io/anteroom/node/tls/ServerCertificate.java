// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.tls;

import java.security.PrivateKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A certificate with its private key, which belong together.
 *
 * @param chain the certificate, then those of authorities; at least one
 */
public record ServerCertificate(
    CertificateFiles files, List<X509Certificate> chain, PrivateKey key) {
  private static final int DNS_NAME = 2;

  public ServerCertificate {
    chain = List.copyOf(chain);
  }

  X509Certificate certificate() {
    return chain.get(0);
  }

  /** From when on the certificate is valid. */
  public Instant notBefore() {
    return certificate().getNotBefore().toInstant();
  }

  /** Until when the certificate is valid. */
  public Instant notAfter() {
    return certificate().getNotAfter().toInstant();
  }

  /**
   * The DNS names in its subjectAltName, in lower case; {@code *.example} stands for names with one
   * more label.
   */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    try {
      Collection<List<?>> all = certificate().getSubjectAlternativeNames();
      if (all != null) {
        for (List<?> name : all) {
          if (name.get(0).equals(DNS_NAME)) {
            names.add(String.valueOf(name.get(1)).toLowerCase(Locale.ROOT));
          }
        }
      }
    } catch (CertificateParsingException e) {
      // A certificate whose names can't be read has none.
      return List.of();
    }
    return names;
  }

  /** Why clients will not accept the certificate at this time; null if they may. */
  public @Nullable String invalidAt(Instant now) {
    if (now.isAfter(notAfter())) {
      return "the certificate has expired on " + notAfter();
    }
    return now.isBefore(notBefore()) ? "the certificate is not valid before " + notBefore() : null;
  }

  /** What else is unusual and probably not intended; null for nothing. */
  public @Nullable String oddity() {
    for (int i = 1; i < chain.size(); i++) {
      if (!chain
          .get(i - 1)
          .getIssuerX500Principal()
          .equals(chain.get(i).getSubjectX500Principal())) {
        return "certificate %d of the chain has not issued the one before it".formatted(i + 1);
      }
    }
    return null;
  }
}
