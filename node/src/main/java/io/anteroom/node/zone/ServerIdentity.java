// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.config.IdentitySettings;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.Rcodes;
import io.anteroom.node.wire.Types;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.wire.WireQuery;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Answers queries of class CH about this server (RFC 4892): its version and its name. They are
 * never forwarded, because another server would answer about itself. An empty text means REFUSED.
 * Immutable.
 */
final class ServerIdentity {
  /** A compression pointer to the QNAME. */
  private static final int OWNER = 0xc00c;

  private final Map<WireName, String> texts;

  ServerIdentity(IdentitySettings settings) {
    this.texts =
        Map.of(
            WireName.parse("version.bind"), settings.version(),
            WireName.parse("version.server"), settings.version(),
            WireName.parse("id.server"), settings.id(),
            WireName.parse("hostname.bind"), settings.id());
  }

  /** The answer to a query of class CH; null if it is not about this server. */
  byte @Nullable [] answer(WireQuery query) {
    String text = texts.get(query.name());
    if (text == null) {
      return null;
    }
    if (text.isEmpty()) {
      return Answers.rcode(query, Rcodes.REFUSED, null);
    }
    if (query.type() != Types.TXT && query.type() != Types.ANY) {
      return Answers.records(query, Rcodes.NOERROR, true, new byte[0], 0, 0);
    }
    return Answers.records(query, Rcodes.NOERROR, true, record(text), 1, 0);
  }

  private static byte[] record(String text) {
    byte[] string = text.getBytes(StandardCharsets.UTF_8);
    int length = 1 + string.length;
    return ByteBuffer.allocate(12 + length)
        .putShort((short) OWNER)
        .putShort((short) Types.TXT)
        .putShort((short) Types.CLASS_CH)
        .putInt(0)
        .putShort((short) length)
        .put((byte) string.length)
        .put(string)
        .array();
  }
}
