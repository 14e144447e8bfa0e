// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static io.anteroom.node.wire.Octets.HEADER;
import static io.anteroom.node.wire.Octets.u16;
import static io.anteroom.node.wire.Octets.u8;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An answer from an upstream server or a filter: its bytes and the important offsets. Names,
 * lengths and counts of all sections have been checked; the data of records have not. Immutable;
 * the bytes are not copied and must not be modified. Bytes after the last record are tolerated, and
 * never passed on.
 *
 * <p>Of several OPT records only the first one is used; the others are never passed on.
 *
 * <p>A truncated answer may end inside a record. It then counts as one without records, because its
 * only effect is a retry over TCP.
 */
public final class WireAnswer {
  private final byte[] bytes;
  private final int questionEnd;
  private final RecordWalk records;

  private WireAnswer(byte[] bytes, int questionEnd, RecordWalk records) {
    this.bytes = bytes;
    this.questionEnd = questionEnd;
    this.records = records;
  }

  /**
   * Parses a message. Null if it can't be read, is not a response, or does not have exactly one
   * question.
   */
  public static @Nullable WireAnswer parse(byte[] message) {
    if (message.length < HEADER
        || (message[2] & (Flags.QR | Flags.OPCODE)) != Flags.QR
        || u16(message, 4) != 1) {
      return null;
    }
    int nameEnd = Octets.plainNameEnd(message, HEADER);
    if (nameEnd < 0 || nameEnd + 4 > message.length) {
      return null;
    }
    int questionEnd = nameEnd + 4;
    RecordWalk records = new RecordWalk(questionEnd);
    if (records.walk(message) != RecordWalk.Result.MALFORMED) {
      return new WireAnswer(message, questionEnd, records);
    }
    boolean truncated = (message[2] & Flags.TC) != 0;
    return truncated ? new WireAnswer(message, questionEnd, new RecordWalk(questionEnd)) : null;
  }

  /**
   * Whether a message is an error that consists only of a header, which old servers send for
   * queries with EDNS. {@link #parse} does not accept it, because it has no question.
   */
  public static boolean isBareError(byte[] message) {
    return message.length >= HEADER
        && (message[2] & (Flags.QR | Flags.OPCODE)) == Flags.QR
        && (message[3] & Flags.RCODE) != Rcodes.NOERROR
        && u16(message, 4) == 0
        && u16(message, 6) == 0
        && u16(message, 8) == 0;
  }

  /**
   * The number of labels of the zone of a negative answer (RFC 2308), which is the owner of the
   * first authority record; -1 if the message has answer records or no authority record.
   */
  public static int labelsOfAuthority(byte[] message, int questionEnd) {
    if (u16(message, 6) != 0 || u16(message, 8) == 0) {
      return -1;
    }
    if (Octets.nameEnd(message, questionEnd) < 0) {
      return -1;
    }
    int labels = 0;
    int at = questionEnd;
    while (message[at] != 0) {
      if (u8(message, at) > Octets.MAX_LABEL) {
        at = u16(message, at) & 0x3fff;
      } else {
        at += u8(message, at) + 1;
        labels++;
      }
    }
    return labels;
  }

  public byte[] bytes() {
    return bytes;
  }

  public int id() {
    return u16(bytes, 0);
  }

  /** The whole RCODE, with the upper bits from EDNS if there is an OPT record. */
  public int rcode() {
    int low = bytes[3] & Flags.RCODE;
    return records.opt == 0 ? low : u8(bytes, records.opt + 5) << 4 | low;
  }

  public boolean truncated() {
    return (bytes[2] & Flags.TC) != 0;
  }

  /**
   * Whether the server could not or would not answer. A response code other than NOERROR and
   * NXDOMAIN is not a failure if records explain it, such as the DNAME record with YXDOMAIN (RFC
   * 6672 section 2.2).
   */
  public boolean isFailure() {
    return switch (rcode()) {
      case Rcodes.NOERROR, Rcodes.NXDOMAIN -> false;
      case Rcodes.FORMERR, Rcodes.SERVFAIL, Rcodes.NOTIMP, Rcodes.REFUSED -> true;
      default -> rcode() >= Rcodes.BADVERS || u16(bytes, 6) == 0;
    };
  }

  /** Whether it is NOERROR with records in its answer section. */
  public boolean isPositive() {
    return rcode() == Rcodes.NOERROR && u16(bytes, 6) > 0 && !truncated();
  }

  public boolean hasEdns() {
    return records.opt != 0;
  }

  /** The cookies that it carries (RFC 7873), of whatever length; null for none. */
  public byte @Nullable [] cookie() {
    return Edns.find(this, Edns.COOKIE);
  }

  /** Whether it answers this question: same type and class, and same name ignoring case. */
  public boolean answers(WireQuery query) {
    byte[] asked = query.bytes();
    int end = query.questionEnd();
    return questionEnd == end
        && u16(bytes, end - 4) == query.type()
        && u16(bytes, end - 2) == query.dnsClass()
        && WireName.sameIgnoringCase(bytes, asked, HEADER, end - 4 - HEADER);
  }

  /** Whether its question has exactly these bytes, including the case. */
  public boolean answersExactly(byte[] query, int questionEnd) {
    return this.questionEnd == questionEnd
        && query.length >= questionEnd
        && Arrays.equals(bytes, HEADER, questionEnd, query, HEADER, questionEnd);
  }

  /** The offset after the question. */
  int questionEnd() {
    return questionEnd;
  }

  RecordWalk records() {
    return records;
  }
}
