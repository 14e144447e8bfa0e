// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest.models;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A query for the address of a name of its own, as bytes; its id is set when it is sent. */
final class Query {
  static final int TIMEOUT_MILLIS = 1_000;

  private static final int HEADER = 12;
  private static final int DIGITS = 10;

  private final byte[] bytes;

  private Query(byte[] bytes) {
    this.bytes = bytes;
  }

  static Query numbered(long number) {
    byte[] name =
        ("\u000bq%0" + DIGITS + "d\u0004wild\u0008anteroom\u0004test\0")
            .formatted(number % 10_000_000_000L)
            .getBytes(StandardCharsets.US_ASCII);
    ByteBuffer query = ByteBuffer.allocate(HEADER + name.length + 4);
    // One question, recursion desired; type A, class IN.
    query.putShort(2, (short) 0x0100).putShort(4, (short) 1);
    query.position(HEADER).put(name).putShort((short) 1).putShort((short) 1);
    return new Query(query.array());
  }

  /** Writes it into an empty buffer, with this id, and makes that ready to be sent. */
  void put(ByteBuffer to, int id) {
    to.clear().put(bytes).putShort(0, (short) id).flip();
  }

  /** Whether a message with the right id answers it: a response with the same question. */
  boolean isAnsweredBy(ByteBuffer message) {
    return message.limit() >= bytes.length
        && message.get(2) < 0
        && message
            .slice(HEADER, bytes.length - HEADER)
            .equals(ByteBuffer.wrap(bytes, HEADER, bytes.length - HEADER));
  }

  static int id(ByteBuffer message) {
    return message.limit() < HEADER ? -1 : message.getShort(0) & 0xffff;
  }
}
