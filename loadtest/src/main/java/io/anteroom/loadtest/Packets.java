// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The queries of a load test as bytes. Each has a number, which is its name: number 7 asks for the
 * address of {@code q0000007.wild.anteroom.test}, which a node answers from its built-in zone.
 */
final class Packets {
  /** One more than the largest number. */
  static final int NUMBERS = 10_000_000;

  /** What the built-in zone has for any of the names. */
  static final int ADDRESS = 192 << 24 | 2 << 8 | 42;

  static final int NO_NUMBER = -1;

  private static final int HEADER = 12;
  private static final int DIGITS = 7;
  private static final int FIRST_DIGIT = HEADER + 2;

  private static final byte[] TEMPLATE = template();

  private Packets() {}

  private static byte[] template() {
    byte[] name =
        "\u0008q0000000\u0004wild\u0008anteroom\u0004test\0".getBytes(StandardCharsets.US_ASCII);
    ByteBuffer query = ByteBuffer.allocate(HEADER + name.length + 4);
    // One question, recursion desired; type A, class IN.
    query.putShort(2, (short) 0x0100).putShort(4, (short) 1);
    query.position(HEADER).put(name).putShort((short) 1).putShort((short) 1);
    return query.array();
  }

  /** Writes a query into an empty buffer and makes it ready to be sent. */
  static void putQuery(ByteBuffer to, int number, int id) {
    to.clear().put(TEMPLATE).putShort(0, (short) id);
    int rest = number;
    for (int at = FIRST_DIGIT + DIGITS - 1; at >= FIRST_DIGIT; at--) {
      to.put(at, (byte) ('0' + rest % 10));
      rest /= 10;
    }
    to.flip();
  }

  /** A query for the address of a name on the wire, as that of a stub resolver. */
  static byte[] query(byte[] name, int id) {
    ByteBuffer query = ByteBuffer.allocate(HEADER + name.length + 4);
    query.putShort((short) id).putShort((short) 0x0100).putShort((short) 1);
    return query.position(HEADER).put(name).putShort((short) 1).putShort((short) 1).array();
  }

  /** The query with this number. */
  static byte[] query(int number, int id) {
    ByteBuffer query = ByteBuffer.allocate(TEMPLATE.length);
    putQuery(query, number, id);
    return query.array();
  }

  /** A name such as {@code www.example} on the wire. */
  static byte[] name(String dotted) {
    StringBuilder name = new StringBuilder();
    for (String label : dotted.split("\\.", -1)) {
      name.append((char) label.length()).append(label);
    }
    return name.append('\0').toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /** A message behind its length, as it goes over TCP. */
  static byte[] framed(byte[] message) {
    return ByteBuffer.allocate(2 + message.length)
        .putShort((short) message.length)
        .put(message)
        .array();
  }

  /** An answer to a query, with one address that may be kept for a minute and nothing else. */
  static byte[] answer(byte[] query, int address) {
    int end = HEADER;
    while (query[end] != 0) {
      end += 1 + query[end];
    }
    end += 5;
    ByteBuffer answer = ByteBuffer.allocate(end + 16).put(query, 0, end);
    answer.putShort((short) 0xc00c).putShort((short) 1).putShort((short) 1);
    answer.putInt(60).putShort((short) 4).putInt(address);
    answer.put(2, (byte) (query[2] | 0x80)).putShort(6, (short) 1).putShort(10, (short) 0);
    return answer.array();
  }

  /** The number of a message's question; {@link #NO_NUMBER} if it is none of ours. */
  static int number(ByteBuffer message) {
    if (message.limit() < TEMPLATE.length) {
      return NO_NUMBER;
    }
    int number = 0;
    for (int at = HEADER; at < TEMPLATE.length; at++) {
      byte octet = message.get(at);
      if (at >= FIRST_DIGIT && at < FIRST_DIGIT + DIGITS) {
        if (octet < '0' || octet > '9') {
          return NO_NUMBER;
        }
        number = number * 10 + (octet - '0');
      } else if (octet != TEMPLATE[at]) {
        return NO_NUMBER;
      }
    }
    return number;
  }

  static int id(ByteBuffer message) {
    return message.getShort(0) & 0xffff;
  }

  static boolean isResponse(ByteBuffer message) {
    return message.get(2) < 0;
  }

  static int rcode(ByteBuffer message) {
    return message.get(3) & 0xf;
  }

  /** Whether a message with our question has this address and no other record as its answer. */
  static boolean hasAddress(ByteBuffer message, int address) {
    // A pointer to the question or the name once more, then type, class, TTL and length.
    if (message.getShort(6) != 1) {
      return false;
    }
    int at = TEMPLATE.length;
    int nameLength = message.limit() > at && message.get(at) < 0 ? 2 : TEMPLATE.length - HEADER - 4;
    int data = at + nameLength + 10;
    return message.limit() >= data + 4
        && message.getShort(at + nameLength) == 1
        && message.getShort(data - 2) == 4
        && message.getInt(data) == address;
  }
}
