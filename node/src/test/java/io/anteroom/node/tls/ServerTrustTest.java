// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.tls;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.testing.TlsFiles;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.X509Certificate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ServerTrustTest {
  @TempDir private Path directory;

  private static X509Certificate certificate(TlsFiles files) throws Exception {
    return CertificateLoader.load(new CertificateFiles.Pem(files.certificate(), files.key(), null))
        .chain()
        .get(0);
  }

  private static void check(X509Certificate trusted, X509Certificate shown) throws Exception {
    ServerTrust.in(List.of(trusted))
        .checkServerTrusted(new X509Certificate[] {shown}, "ECDHE_ECDSA");
  }

  @Test
  void certificateThatIsItselfTrusted_isRefusedOnceItHasExpired() throws Exception {
    TlsFiles files = TlsFiles.make(directory, "dns", "DNS:dns.example");
    X509Certificate valid = certificate(files);
    X509Certificate expired = certificate(files.expired(directory, "DNS:dns.example"));

    assertThatCode(() -> check(valid, valid)).doesNotThrowAnyException();
    assertThatThrownBy(() -> check(expired, expired))
        .isInstanceOf(CertificateExpiredException.class);
    assertThatThrownBy(() -> check(expired, valid)).isInstanceOf(CertificateException.class);
  }
}
