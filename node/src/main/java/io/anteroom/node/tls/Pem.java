// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.tls;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Splits a file in PEM (RFC 7468) into its blocks. Text outside of blocks is ignored. */
final class Pem {
  private static final String BEGIN = "-----BEGIN ";
  private static final String END = "-----END ";
  private static final String DASHES = "-----";

  private Pem() {}

  /**
   * A block.
   *
   * @param label such as {@code CERTIFICATE}
   * @param encrypted whether it has the header of an encrypted block of RFC 1421
   */
  record Block(String label, boolean encrypted, byte[] content) {}

  /**
   * The blocks in their order.
   *
   * @throws IOException if a block has no end or is no base64, with its line
   */
  static List<Block> blocks(byte[] file) throws IOException {
    List<Block> blocks = new ArrayList<>();
    String label = null;
    boolean encrypted = false;
    StringBuilder base64 = new StringBuilder();
    int number = 0;
    int begun = 0;
    for (String line : new String(file, StandardCharsets.ISO_8859_1).lines().toList()) {
      number++;
      String text = line.strip();
      if (label == null) {
        label = label(text, BEGIN);
        begun = number;
        encrypted = false;
        base64.setLength(0);
      } else if (label.equals(label(text, END))) {
        blocks.add(new Block(label, encrypted, decoded(base64.toString(), begun)));
        label = null;
      } else if (text.contains(":")) {
        encrypted |= text.startsWith("Proc-Type:") && text.contains("ENCRYPTED");
      } else {
        base64.append(text);
      }
    }
    if (label != null) {
      throw new IOException("line %d: the block %s has no end".formatted(begun, label));
    }
    return blocks;
  }

  private static @Nullable String label(String line, String start) {
    return line.startsWith(start)
            && line.endsWith(DASHES)
            && line.length() >= start.length() + DASHES.length()
        ? line.substring(start.length(), line.length() - DASHES.length())
        : null;
  }

  private static byte[] decoded(String base64, int line) throws IOException {
    // Of an encrypted block this may be no base64; it is refused by its header.
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new IOException("line %d: the block is no base64".formatted(line), e);
    }
  }
}
