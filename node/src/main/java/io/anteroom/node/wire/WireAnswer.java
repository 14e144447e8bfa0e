// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static io.anteroom.node.wire.Octets.HEADER;
import static io.anteroom.node.wire.Octets.u16;
import static io.anteroom.node.wire.Octets.u8;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An answer, from an upstream server or a filter, as the bytes it came in, with the offsets that
 * matter. Every section has been walked: names, lengths and counts are sound. What is in the data
 * of a record is not looked at. Immutable; the bytes are not copied and must not be changed
 * afterwards; bytes behind the last record are tolerated and never passed on.
 *
 * <p>Of several OPT records the first one counts, and the others are never passed on: the rest of
 * the answer is as good as any.
 *
 * <p>A truncated answer may break off within a record. It then counts as one without records, since
 * all that is asked of it is to send the query once more over TCP.
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

  /** Null if it can't be read, is no response, or does not hold exactly one question. */
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
   * Whether it is an error that consists of a header alone, as old servers answer queries with
   * EDNS. Such a message names no question, and {@link #parse} takes it for none.
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
   * How many labels the name of the zone has that a negative answer (RFC 2308) comes from, by the
   * owner of the first authority record; -1 if the message has answers, or none of these.
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
   * Whether the server could or would not answer. A response code beside NOERROR and NXDOMAIN is an
   * answer if it comes with records that say why, as YXDOMAIN does with the DNAME record that makes
   * a name too long (RFC 6672 section 2.2).
   */
  public boolean isFailure() {
    return switch (rcode()) {
      case Rcodes.NOERROR, Rcodes.NXDOMAIN -> false;
      case Rcodes.FORMERR, Rcodes.SERVFAIL, Rcodes.NOTIMP, Rcodes.REFUSED -> true;
      default -> rcode() >= Rcodes.BADVERS || u16(bytes, 6) == 0;
    };
  }

  /** Whether it is NOERROR and has records in its answer section, so that no other says more. */
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

  /** Whether it answers this question: name without regard to case, type and class. */
  public boolean answers(WireQuery query) {
    byte[] asked = query.bytes();
    int end = query.questionEnd();
    return questionEnd == end
        && u16(bytes, end - 4) == query.type()
        && u16(bytes, end - 2) == query.dnsClass()
        && WireName.sameIgnoringCase(bytes, asked, HEADER, end - 4 - HEADER);
  }

  /** Whether its question has these very bytes, case included. */
  public boolean answersExactly(byte[] query, int questionEnd) {
    return this.questionEnd == questionEnd
        && query.length >= questionEnd
        && Arrays.equals(bytes, HEADER, questionEnd, query, HEADER, questionEnd);
  }

  /** The offset behind the question. */
  int questionEnd() {
    return questionEnd;
  }

  RecordWalk records() {
    return records;
  }
}
