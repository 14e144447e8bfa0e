// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A key in PEM, and a certificate for it that it has signed itself, made by openssl. */
public record TlsFiles(Path certificate, Path key) {
  private static final class OfThisRun {
    private static final TlsFiles FILES = inTarget();
  }

  /** One for all nodes of this JVM. */
  public static TlsFiles ofThisRun() {
    return OfThisRun.FILES;
  }

  private static TlsFiles inTarget() {
    try {
      Path directory = Files.createDirectories(Path.of("target", "tls").toAbsolutePath());
      return make(
          Files.createTempDirectory(directory, "node"), "node", "DNS:node.test,IP:127.0.0.1");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Makes them: an EC key, and a certificate that is valid for two days.
   *
   * @param names as openssl has them: {@code DNS:node.test,IP:127.0.0.1}
   */
  public static TlsFiles make(Path directory, String name, String names) {
    TlsFiles files =
        new TlsFiles(directory.resolve(name + ".crt"), directory.resolve(name + ".key"));
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=%s"
                .formatted(name)
            + " -addext subjectAltName=%s -keyout %s -out %s"
                .formatted(names, files.key, files.certificate));
    return files;
  }

  /** A certificate for the same key that has expired, signed by the holder of this one. */
  public TlsFiles expired(Path directory, String names) {
    try {
      Path own = Files.createDirectories(directory.resolve("expired"));
      Files.writeString(own.resolve("index"), "");
      Files.writeString(
          own.resolve("conf"),
          """
          [ca]
          default_ca = own
          [own]
          new_certs_dir = %s
          database = %s/index
          rand_serial = yes
          default_md = sha256
          policy = any
          x509_extensions = names
          [any]
          commonName = supplied
          [names]
          subjectAltName = %s
          """
              .formatted(own, own, names));
      Path request = own.resolve("request");
      openssl("req -new -key %s -subj /CN=expired -out %s".formatted(key, request));
      TlsFiles files = new TlsFiles(directory.resolve("expired.crt"), key);
      openssl(
          "ca -batch -notext -config %s -cert %s -keyfile %s -in %s -out %s"
                  .formatted(own.resolve("conf"), certificate, key, request, files.certificate)
              + " -startdate 20200101000000Z -enddate 20200102000000Z");
      return files;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs openssl with these arguments, which have no spaces in them; returns what it prints. */
  public static String openssl(String arguments) {
    try {
      Process process =
          new ProcessBuilder(("openssl " + arguments).split(" ")).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes());
      assertThat(process.waitFor()).as("%s: %s", arguments, output).isZero();
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** The settings of a listener that shows it; its limits are above what tests do. */
  public String block() {
    return "{ %s, max-handshakes = 100000, max-handshakes-per-client = 100000 }"
        .formatted(settings());
  }

  /** The settings that name the files. */
  public String settings() {
    return "certificate = \"%s\", key = \"%s\"".formatted(certificate, key);
  }
}
