// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;

/**
 * Writes the responses of HTTP/3: a HEADERS and a DATA frame (RFC 9114 section 7.2). Header fields
 * refer to the static table of QPACK only (RFC 9204 appendix A), so there is no state.
 */
public final class Http3Responses {
  /** Room for what stands before the body. */
  public static final int HEAD = 96;

  private static final int DATA = 0;
  private static final int HEADERS = 1;

  /** The field refers to an entry of the static table with its value. */
  private static final int INDEXED = 0xc0;

  /** The field has the name of an entry of the static table, whose index takes two bytes. */
  private static final int NAMED = 0x5f;

  private static final int NAMED_PREFIX = 15;

  /** The same, with an index that fits into four bits. */
  private static final int NAMED_SHORT = 0x50;

  private static final int CONTENT_LENGTH = 4;
  private static final int STATUS = 24;
  private static final int STATUS_200 = 25;
  private static final int CACHE_CONTROL = 36;
  private static final int TYPE_DNS = 44;
  private static final int TYPE_TEXT = 53;

  private static final byte[] MAX_AGE = "max-age=".getBytes(US_ASCII);

  /** The field allow, whose name is not in the table: its length fits into three bits. */
  private static final byte[] ALLOW =
      ("%allow" + (char) DohRequest.METHODS.length() + DohRequest.METHODS).getBytes(US_ASCII);

  private Http3Responses() {}

  /** Writes a whole response. */
  public static void write(ByteBuf out, HttpAnswer answer) {
    int length = answer.body().length;
    out.writeByte(HEADERS);
    int at = out.writerIndex();
    // The length, which fits into one byte, and a prefix that says that no table is used.
    out.writeZero(3);
    status(out, answer.status());
    out.writeByte(INDEXED | (answer.isDns() ? TYPE_DNS : TYPE_TEXT));
    out.writeByte(NAMED_SHORT | CONTENT_LENGTH).writeByte(Digits.count(length));
    Digits.write(out, length);
    if (answer.maxAge() >= 0) {
      out.writeByte(NAMED).writeByte(CACHE_CONTROL - NAMED_PREFIX);
      out.writeByte(MAX_AGE.length + Digits.count(answer.maxAge())).writeBytes(MAX_AGE);
      Digits.write(out, answer.maxAge());
    }
    if (answer.allow()) {
      out.writeBytes(ALLOW);
    }
    out.setByte(at, out.writerIndex() - at - 1);
    out.writeByte(DATA);
    // A number in four bytes (RFC 9000 section 16).
    out.writeInt(0x80000000 | length).writeBytes(answer.body());
  }

  private static void status(ByteBuf out, int status) {
    if (status == HttpAnswer.OK) {
      out.writeByte(INDEXED | STATUS_200);
    } else {
      out.writeByte(NAMED).writeByte(STATUS - NAMED_PREFIX).writeByte(Digits.count(status));
      Digits.write(out, status);
    }
  }
}
