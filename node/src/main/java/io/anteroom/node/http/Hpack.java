// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;

/**
 * Writes the header blocks of responses (RFC 7541). Nothing goes into the dynamic table: so there
 * is no state, and the few bytes that this costs are less work than looking them up.
 */
final class Hpack {
  /** Most bytes of a block. */
  static final int MOST = 128;

  /** "The table has no room": the first block after the client has said how large it may be. */
  private static final int TABLE_OF_SIZE_0 = 0x20;

  private static final int INDEXED = 0x80;

  /** Indexes of the static table whose entry is a status, in the order of {@link #STATUSES}. */
  private static final int FIRST_STATUS = 8;

  private static final int[] STATUSES = {200, 204, 206, 304, 400, 404, 500};

  private static final int STATUS = 8;
  private static final int ALLOW = 22;
  private static final int CACHE_CONTROL = 24;
  private static final int CONTENT_LENGTH = 28;
  private static final int CONTENT_TYPE = 31;

  /** An index that does not fit into the prefix of four bits of a field that is not indexed. */
  private static final int PREFIX = 15;

  private static final byte[] DNS = field(CONTENT_TYPE, DohRequest.TYPE);
  private static final byte[] TEXT = field(CONTENT_TYPE, "text/plain");
  private static final byte[] METHODS = field(ALLOW, DohRequest.METHODS);
  private static final byte[] MAX_AGE = "max-age=".getBytes(US_ASCII);

  private Hpack() {}

  private static byte[] field(int index, String value) {
    byte[] text = value.getBytes(US_ASCII);
    byte[] field = new byte[3 + text.length];
    field[0] = PREFIX;
    field[1] = (byte) (index - PREFIX);
    field[2] = (byte) text.length;
    System.arraycopy(text, 0, field, 3, text.length);
    return field;
  }

  /**
   * Writes the block of a response.
   *
   * @param first whether the client may have to be told that the table is not used
   */
  static void write(ByteBuf out, HttpAnswer answer, boolean first) {
    status(out, answer.status(), first);
    out.writeBytes(answer.isDns() ? DNS : TEXT);
    int length = answer.body().length;
    name(out, CONTENT_LENGTH).writeByte(Digits.count(length));
    Digits.write(out, length);
    if (answer.maxAge() >= 0) {
      name(out, CACHE_CONTROL).writeByte(MAX_AGE.length + Digits.count(answer.maxAge()));
      Digits.write(out.writeBytes(MAX_AGE), answer.maxAge());
    }
    if (answer.allow()) {
      out.writeBytes(METHODS);
    }
  }

  /** Writes a block with a status only. */
  static void status(ByteBuf out, int status, boolean first) {
    if (first) {
      out.writeByte(TABLE_OF_SIZE_0);
    }
    for (int i = 0; i < STATUSES.length; i++) {
      if (STATUSES[i] == status) {
        out.writeByte(INDEXED | FIRST_STATUS + i);
        return;
      }
    }
    out.writeByte(STATUS).writeByte(Digits.count(status));
    Digits.write(out, status);
  }

  private static ByteBuf name(ByteBuf out, int index) {
    return out.writeByte(PREFIX).writeByte(index - PREFIX);
  }
}
