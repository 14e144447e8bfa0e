// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.filter;

import io.anteroom.protocol.Verdict;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A verdict that a filter outside the cluster sends in one datagram: the ID of the DNS message that
 * it got, as decimal text, optionally followed by a word.
 *
 * <pre>
 * 4711            let the query pass
 * 4711 accept     the same
 * 4711 refuse     answer with REFUSED
 * 4711 drop       do not answer
 * 4711 rcode 3    answer with this RCODE, 0 to 15
 * </pre>
 *
 * <p>Case, white space around the words, and NUL bytes at the end are ignored. A filter written in
 * C may send such NUL bytes.
 */
record DatagramVerdict(int id, Verdict verdict) {
  /**
   * Size of the read buffer in bytes. A datagram that fills it may have been cut, so it is
   * rejected.
   */
  static final int TOO_LONG = 64;

  private static final Verdict[] RCODES =
      IntStream.range(0, 16).mapToObj(Verdict::rcode).toArray(Verdict[]::new);

  private static final int REFUSED = 5;
  private static final int MAX_DIGITS = 5;

  /** Parses a datagram; null if it is malformed. */
  static @Nullable DatagramVerdict parse(ByteBuf datagram) {
    if (datagram.readableBytes() >= TOO_LONG) {
      return null;
    }
    int from = datagram.readerIndex();
    int end = datagram.writerIndex();
    while (end > from && (isSpace(datagram.getByte(end - 1)) || datagram.getByte(end - 1) == 0)) {
      end--;
    }
    while (from < end && isSpace(datagram.getByte(from))) {
      from++;
    }
    int digits = from;
    int id = 0;
    while (digits < end && isDigit(datagram.getByte(digits))) {
      id = 10 * id + datagram.getByte(digits) - '0';
      digits++;
      if (digits - from > MAX_DIGITS) {
        return null;
      }
    }
    if (digits == from || id >= CopyIds.SIZE) {
      return null;
    }
    Verdict verdict = digits == end ? Verdict.proceed() : verdict(datagram, digits, end);
    return verdict == null ? null : new DatagramVerdict(id, verdict);
  }

  /** Parses the verdict after an ID, with leading white space. */
  private static @Nullable Verdict verdict(ByteBuf datagram, int from, int end) {
    if (!isSpace(datagram.getByte(from))) {
      return null;
    }
    String text = datagram.toString(from, end - from, StandardCharsets.US_ASCII);
    String[] words = text.strip().toLowerCase(Locale.ROOT).split("[ \t\r\n]+", -1);
    if (words.length == 2 && words[0].equals("rcode")) {
      return rcode(words[1]);
    }
    return words.length != 1
        ? null
        : switch (words[0]) {
          case "accept" -> Verdict.proceed();
          case "refuse" -> RCODES[REFUSED];
          case "drop" -> Verdict.drop();
          default -> null;
        };
  }

  private static @Nullable Verdict rcode(String digits) {
    if (!digits.matches("[0-9]{1,2}")) {
      return null;
    }
    int rcode = Integer.parseInt(digits);
    return rcode < RCODES.length ? RCODES[rcode] : null;
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b == '\t' || b == '\r' || b == '\n';
  }
}
