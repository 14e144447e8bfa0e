// SPDX-License-Identifier: Apache-2.0
package io.anteroom.protocol.sdk;

import io.anteroom.protocol.FilterRequest;

/**
 * The question of a client, read from a DNS message without parsing the rest of it.
 *
 * @param name in lower case and presentation format without the last dot; {@code .} is the root.
 *     Bytes that can't occur in a host name are escaped (RFC 1035, section 5.1).
 * @param type the record type, such as 1 for A and 28 for AAAA
 * @param dnsClass the class, which is nearly always 1 (IN)
 */
public record Question(String name, int type, int dnsClass) {
  private static final int HEADER = 12;
  private static final int MAX_NAME = 255;
  private static final int MAX_LABEL = 63;

  /**
   * The first question of the request's message.
   *
   * @throws IllegalArgumentException if there is none; nodes don't suspend such queries
   */
  public static Question of(FilterRequest request) {
    return of(request.message());
  }

  /**
   * The first question of a message in wire format.
   *
   * @throws IllegalArgumentException if it has none
   */
  public static Question of(byte[] message) {
    if (message.length < HEADER || number16(message, 4) == 0) {
      throw new IllegalArgumentException("no question");
    }
    StringBuilder name = new StringBuilder();
    int at = HEADER;
    for (int length = label(message, at); length > 0; length = label(message, at)) {
      if (at > HEADER) {
        name.append('.');
      }
      for (int i = 1; i <= length; i++) {
        append(name, message[at + i] & 0xff);
      }
      at += 1 + length;
    }
    if (at + 5 > message.length) {
      throw new IllegalArgumentException("the question is cut");
    }
    return new Question(
        name.length() == 0 ? "." : name.toString(),
        number16(message, at + 1),
        number16(message, at + 3));
  }

  private static int label(byte[] message, int at) {
    int length = at < message.length ? message[at] & 0xff : MAX_LABEL + 1;
    // The first name can't be compressed, because no name precedes it.
    if (length > MAX_LABEL || at + length >= message.length || at + length - HEADER >= MAX_NAME) {
      throw new IllegalArgumentException("the question's name is none");
    }
    return length;
  }

  private static void append(StringBuilder name, int octet) {
    if (octet >= 'A' && octet <= 'Z') {
      name.append((char) (octet + ('a' - 'A')));
    } else if ((octet >= 'a' && octet <= 'z')
        || (octet >= '0' && octet <= '9')
        || octet == '-'
        || octet == '_') {
      name.append((char) octet);
    } else if (octet > ' ' && octet < 0x7f) {
      if (".\\\"();@$".indexOf(octet) >= 0) {
        name.append('\\');
      }
      name.append((char) octet);
    } else {
      name.append('\\')
          .append((char) ('0' + octet / 100))
          .append((char) ('0' + octet / 10 % 10))
          .append((char) ('0' + octet % 10));
    }
  }

  private static int number16(byte[] message, int at) {
    return ((message[at] & 0xff) << 8) | (message[at + 1] & 0xff);
  }
}
