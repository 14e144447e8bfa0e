// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.tls;

import static io.anteroom.node.testing.TlsFiles.openssl;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.anteroom.node.testing.TlsFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every form in which openssl writes keys, and every way in which files can be wrong. */
final class CertificateLoaderTest {
  @TempDir private static Path directory;
  private static TlsFiles files;
  private static Path password;

  @BeforeAll
  static void make() throws IOException {
    files = TlsFiles.make(directory, "node", "DNS:Node.test,DNS:*.wild.test,IP:127.0.0.1");
    password = Files.writeString(directory.resolve("password"), "sesame\n");
  }

  private static Path in(String name) {
    return directory.resolve(name);
  }

  private static CertificateFiles.@Nullable Password inFile(@Nullable Path file) {
    return file == null ? null : new CertificateFiles.Password.InFile(file);
  }

  private static ServerCertificate load(Path certificate, Path key, @Nullable Path password)
      throws IOException {
    return CertificateLoader.load(new CertificateFiles.Pem(certificate, key, inFile(password)));
  }

  private static void assertRefused(
      Path certificate, Path key, @Nullable Path password, String why) {
    assertThatThrownBy(() -> load(certificate, key, password))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(why);
  }

  @Test
  void certificateAndKey_areRead_withNamesAndTimes() throws IOException {
    ServerCertificate certificate = load(files.certificate(), files.key(), null);

    assertThat(certificate.names()).containsExactly("node.test", "*.wild.test");
    assertThat(certificate.key().getAlgorithm()).isEqualTo("EC");
    assertThat(certificate.invalidAt(Instant.now())).isNull();
    assertThat(certificate.invalidAt(Instant.now().plus(Duration.ofDays(3))))
        .contains("has expired on");
    assertThat(certificate.invalidAt(Instant.now().minus(Duration.ofDays(3))))
        .contains("is not valid before");
    assertThat(certificate.oddity()).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "RSA, -newkey rsa:2048",
    "RSA, -newkey rsa:3072",
    "EC, -newkey ec -pkeyopt ec_paramgen_curve:P-384",
    "EdDSA, -newkey ed25519"
  })
  void keyOfEachAlgorithm_isRead(String algorithm, String options) throws IOException {
    Path key = in("algorithm.key");
    Path certificate = in("algorithm.crt");
    openssl(
        "req -x509 %s -nodes -subj /CN=a -keyout %s -out %s".formatted(options, key, certificate));

    assertThat(load(certificate, key, null).key().getAlgorithm()).isEqualTo(algorithm);
  }

  @Test
  void keyInPkcs1_isRead() throws IOException {
    Path key = in("rsa.key");
    Path certificate = in("rsa.crt");
    openssl("genrsa -traditional -out %s 2048".formatted(key));
    openssl("req -x509 -key %s -subj /CN=a -out %s".formatted(key, certificate));

    assertThat(Files.readString(key)).contains("BEGIN RSA PRIVATE KEY");
    assertThat(load(certificate, key, null).key().getAlgorithm()).isEqualTo("RSA");
  }

  @ParameterizedTest
  @CsvSource({"prime256v1", "secp384r1", "secp521r1"})
  void keyInSec1_behindItsParameters_isRead(String curve) throws IOException {
    Path key = in(curve + ".key");
    Path certificate = in(curve + ".crt");
    openssl("ecparam -name %s -genkey -out %s".formatted(curve, key));
    openssl("req -x509 -key %s -subj /CN=a -out %s".formatted(key, certificate));

    assertThat(Files.readString(key)).contains("BEGIN EC PARAMETERS", "BEGIN EC PRIVATE KEY");
    assertThat(load(certificate, key, null).key().getAlgorithm()).isEqualTo("EC");
  }

  @Test
  void encryptedKey_isReadWithItsPassword_only() throws IOException {
    Path key = in("encrypted.key");
    openssl(
        "pkcs8 -topk8 -v2 aes256 -in %s -out %s -passout file:%s"
            .formatted(files.key(), key, password));
    Path wrong = Files.writeString(in("wrong"), "abracadabra\n");

    assertThat(load(files.certificate(), key, password).key().getAlgorithm()).isEqualTo("EC");
    assertRefused(files.certificate(), key, wrong, "can't be decrypted with this password");
    assertRefused(files.certificate(), key, null, "its password is missing (password-file)");
  }

  @Test
  void keyEncryptedInTheOldWay_isRefused_withTheCommandThatHelps() throws IOException {
    Path key = in("old.key");
    openssl("ec -in %s -out %s -aes128 -passout file:%s".formatted(files.key(), key, password));

    assertRefused(files.certificate(), key, password, key + ": the key is encrypted in an old way");
  }

  @Test
  void pkcs12_isReadWithItsPassword_only() throws IOException {
    Path store = in("node.p12");
    openssl(
        "pkcs12 -export -in %s -inkey %s -out %s -passout file:%s"
            .formatted(files.certificate(), files.key(), store, password));
    Path wrong = Files.writeString(in("wrong"), "abracadabra\n");

    assertThat(CertificateLoader.load(new CertificateFiles.Pkcs12(store, inFile(password))).names())
        .contains("node.test");
    for (Path other : new Path[] {wrong, null}) {
      assertThatThrownBy(
              () -> CertificateLoader.load(new CertificateFiles.Pkcs12(store, inFile(other))))
          .hasMessage(store + ": is no PKCS#12 file, or has another password");
    }
  }

  @Test
  void pkcs12WithoutAKey_isRefused() {
    Path store = in("certificate.p12");
    openssl(
        "pkcs12 -export -nokeys -in %s -out %s -passout file:%s"
            .formatted(files.certificate(), store, password));

    assertThatThrownBy(
            () -> CertificateLoader.load(new CertificateFiles.Pkcs12(store, inFile(password))))
        .hasMessage(store + ": has no private key");
  }

  @Test
  void keyOfAnotherCertificate_isRefused() {
    TlsFiles other = TlsFiles.make(directory, "other", "DNS:other.test");

    assertRefused(
        files.certificate(),
        other.key(),
        null,
        other.key() + ": the key is not that of the certificate " + files.certificate());
  }

  @Test
  void keyOfAnotherAlgorithm_isRefused() {
    Path key = in("another.key");
    openssl("genrsa -out %s 2048".formatted(key));

    assertRefused(files.certificate(), key, null, "the key is not that of the certificate");
  }

  @Test
  void filesThatAreNone_areRefused() throws IOException {
    Path absent = in("absent");
    Path empty = Files.writeString(in("empty"), "");
    Path large = Files.write(in("large"), new byte[(1 << 20) + 1]);

    assertRefused(absent, files.key(), null, absent + ": no such file");
    assertRefused(directory, files.key(), null, directory + ": is no file");
    assertRefused(empty, files.key(), null, empty + ": has no certificate in PEM");
    assertRefused(large, files.key(), null, large + ": is larger than 1 MiB");
    assertRefused(files.certificate(), empty, null, empty + ": has no private key in PEM");
    assertRefused(files.key(), files.key(), null, files.key() + ": has no certificate in PEM");
    assertRefused(
        files.certificate(), files.key(), empty, empty + ": must have one line with the password");
  }

  @Test
  void brokenPem_isRefused_withItsLine() throws IOException {
    String pem = Files.readString(files.certificate());
    Path cut = Files.writeString(in("cut"), "# mine\n" + pem.substring(0, pem.length() / 2));
    Path noBase64 = Files.writeString(in("no-base64"), pem.replaceFirst("\n.", "\n!"));
    Path noise =
        Files.writeString(
            in("noise"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");

    assertRefused(cut, files.key(), null, cut + ": line 2: the block CERTIFICATE has no end");
    assertRefused(noBase64, files.key(), null, noBase64 + ": line 1: the block is no base64");
    assertRefused(noise, files.key(), null, noise + ": certificate 1 is broken");
  }

  @Test
  void brokenKeys_areRefused() throws IOException {
    for (String kind : new String[] {"", "RSA ", "EC ", "ENCRYPTED ", "DSA "}) {
      Path key =
          Files.writeString(
              in("broken.key"),
              "-----BEGIN %1$sPRIVATE KEY-----\nMAMCAQA=\n-----END %1$sPRIVATE KEY-----\n"
                  .formatted(kind));

      assertRefused(files.certificate(), key, password, key + ": ");
    }
    Path two =
        Files.writeString(
            in("two.key"), Files.readString(files.key()) + Files.readString(files.key()));
    assertRefused(files.certificate(), two, null, two + ": has more than one private key");
  }

  @Test
  void chain_inTheWrongOrder_isOdd() throws IOException {
    TlsFiles other = TlsFiles.make(directory, "unrelated", "DNS:other.test");
    Path chain =
        Files.writeString(
            in("chain.crt"),
            Files.readString(files.certificate()) + Files.readString(other.certificate()));

    assertThat(load(chain, files.key(), null).oddity())
        .isEqualTo("certificate 2 of the chain has not issued the one before it");
  }
}
