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
