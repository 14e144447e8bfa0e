// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.operation;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Text in bytes that come from elsewhere. */
final class Text {
  private Text() {}

  /** The text, if it is valid UTF-8; otherwise the bytes. */
  static Object orBytes(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return bytes;
    }
  }
}
