// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Reads a secret that is in the configuration, under {@code KEY}, or in a file of its own, under
 * {@code KEY-file}. No message shows the secret.
 */
final class SecretReader {
  private static final int MAX_BYTES = 4096;

  private final Path directory;
  private final UnaryOperator<String> check;

  /**
   * Makes a reader.
   *
   * @param directory the directory at which relative paths start
   * @param check throws an IllegalArgumentException for text that can't be the secret
   */
  SecretReader(Path directory, UnaryOperator<String> check) {
    this.directory = directory;
    this.check = check;
  }

  /** The secret; null if neither key is set, or it is wrong, which is recorded. */
  @Nullable String read(SettingsReader block, String key) {
    String fileKey = key + "-file";
    if (block.has(key) && block.has(fileKey)) {
      block.error(fileKey, "must not be set if " + key + " is set too");
    }
    if (block.has(fileKey)) {
      String secret = block.parsed(fileKey, "", name -> check.apply(content(name)));
      return secret.isEmpty() ? null : secret;
    }
    return block.has(key) ? block.parsed(key, "", check) : null;
  }

  /** The file's only line. */
  private String content(String name) {
    Path file = directory.toAbsolutePath().resolve(name).normalize();
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException("no such file: " + file);
    }
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (IOException e) {
      throw new IllegalArgumentException("can't be read: " + file, e);
    }
    if (bytes.length > MAX_BYTES) {
      throw new IllegalArgumentException("has more than " + MAX_BYTES + " bytes: " + file);
    }
    String text = decoded(bytes, file).stripTrailing();
    if (text.isEmpty() || text.lines().count() != 1) {
      throw new IllegalArgumentException("must have one line with the secret: " + file);
    }
    return text;
  }

  private static String decoded(byte[] bytes, Path file) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("is no UTF-8 text: " + file, e);
    }
  }
}
