// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Reads a file with secrets that several nodes share: a secret on each line, in hexadecimal digits.
 * Empty lines and those that begin with # are skipped. No message shows a secret.
 */
public final class SecretFile {
  /** Most secrets of a file; each is tried for a client that shows something unknown. */
  private static final int MAX_SECRETS = 4;

  private static final int MAX_BYTES = 4096;

  private SecretFile() {}

  /**
   * Reads the secrets, the one in use first.
   *
   * @param length of each secret in bytes
   * @throws IOException with file and line, if the file can't be read or is not such a file
   */
  public static List<byte[]> read(Path file, int length) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (IOException e) {
      throw new IOException(file + ": can't be read", e);
    }
    if (bytes.length > MAX_BYTES) {
      throw new IOException(file + ": has more than " + MAX_BYTES + " bytes");
    }
    List<byte[]> secrets = new ArrayList<>();
    int number = 0;
    for (String line : new String(bytes, StandardCharsets.UTF_8).lines().toList()) {
      number++;
      String text = line.strip();
      if (!text.isEmpty() && !text.startsWith("#")) {
        secrets.add(secret(text, length, file + ":" + number));
      }
    }
    if (secrets.isEmpty() || secrets.size() > MAX_SECRETS) {
      throw new IOException(
          "%s: must have 1 to %d secrets, not %d".formatted(file, MAX_SECRETS, secrets.size()));
    }
    return secrets;
  }

  private static byte[] secret(String text, int length, String place) throws IOException {
    try {
      byte[] secret = HexFormat.of().parseHex(text);
      if (secret.length == length) {
        return secret;
      }
    } catch (IllegalArgumentException e) {
      // The exception would show a part of the secret.
    }
    throw new IOException("%s: a secret has %d hexadecimal digits".formatted(place, 2 * length));
  }
}
