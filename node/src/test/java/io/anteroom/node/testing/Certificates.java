// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.anteroom.node.port.PortTls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A certificate authority, and the key and certificate of a member that it has signed. */
public record Certificates(Path key, Path certificate, Path caCertificate) {
  /** Makes them in this directory, with the command openssl. */
  public static Certificates make(Path directory) throws Exception {
    Files.createDirectories(directory);
    Path caKey = directory.resolve("ca.key");
    Path ca = directory.resolve("ca.crt");
    Path key = directory.resolve("member.key");
    Path request = directory.resolve("member.csr");
    Path certificate = directory.resolve("member.crt");
    openssl(
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout %s -out %s"
            .formatted(caKey, ca));
    openssl(
        "req -newkey rsa:2048 -nodes -subj /CN=member -keyout %s -out %s".formatted(key, request));
    openssl(
        "x509 -req -days 2 -CAcreateserial -in %s -CA %s -CAkey %s -out %s"
            .formatted(request, ca, caKey, certificate));
    return new Certificates(key, certificate, ca);
  }

  private static void openssl(String arguments) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(("openssl " + arguments).split(" ")).redirectErrorStream(true).start();
    byte[] output = process.getInputStream().readAllBytes();
    assertThat(process.waitFor()).as(new String(output)).isZero();
  }

  public PortTls portTls() {
    return new PortTls(key, certificate, caCertificate);
  }
}
