// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static io.anteroom.node.wire.Octets.put32;
import static io.anteroom.node.wire.Octets.u16;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;
import org.xbill.DNS.RRSIGRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** Changes answers that are ready to be sent. Arguments are copied, never modified. */
public final class AnswerEdits {
  private static final int FIXED = 10;
  private static final int[] SECTIONS = {Section.ANSWER, Section.AUTHORITY, Section.ADDITIONAL};

  private AnswerEdits() {}

  /**
   * A record of an answer, without its name and data.
   *
   * @param section 1 for the answer section, 2 for authority, 3 for additional
   * @param ttlSeconds 0 to 2^31 - 1
   */
  public record Head(int section, int dnsClass, int type, int ttlSeconds) {}

  /** Computes the TTL of a record, in seconds. */
  @FunctionalInterface
  private interface NewTtl {
    int of(int index, int ttlSeconds);
  }

  /** The answer with all TTLs limited to this range. */
  public static byte[] limitTtls(byte[] answer, int least, int most) {
    return changeTtls(answer, (index, ttl) -> Math.min(most, Math.max(least, ttl)));
  }

  /**
   * The answer with these TTLs, one for each of its {@link #records}.
   *
   * @throws IllegalArgumentException if the numbers of both differ
   */
  public static byte[] withTtls(byte[] answer, int[] ttlsSeconds) {
    if (records(answer).size() != ttlsSeconds.length) {
      throw new IllegalArgumentException("the answer has another number of records");
    }
    return changeTtls(answer, (index, ttl) -> ttlsSeconds[index]);
  }

  /** The records of an answer in order, without OPT; none if it can't be read. */
  public static List<Head> records(byte[] answer) {
    WireAnswer parsed = WireAnswer.parse(answer);
    if (parsed == null) {
      return List.of();
    }
    RecordWalk walk = parsed.records();
    int count = walk.answers + walk.authorities + walk.keptAdditional;
    List<Head> heads = new ArrayList<>(count);
    int next = parsed.questionEnd();
    for (int i = 0; i < count; i++) {
      int fixed = Octets.nameEnd(answer, next);
      int section = i < walk.answers ? 1 : i < walk.answers + walk.authorities ? 2 : 3;
      heads.add(new Head(section, u16(answer, fixed + 2), u16(answer, fixed), ttl(answer, fixed)));
      next = RecordWalk.end(answer, fixed);
    }
    return heads;
  }

  private static byte[] changeTtls(byte[] answer, NewTtl change) {
    WireAnswer parsed = WireAnswer.parse(answer);
    if (parsed == null) {
      return answer;
    }
    byte[] out = answer.clone();
    RecordWalk walk = parsed.records();
    int count = walk.answers + walk.authorities + walk.keptAdditional;
    int next = parsed.questionEnd();
    for (int i = 0; i < count; i++) {
      int fixed = Octets.nameEnd(out, next);
      put32(out, fixed + 4, change.of(i, ttl(out, fixed)));
      next = RecordWalk.end(out, fixed);
    }
    return out;
  }

  /** A TTL with the top bit set counts as 0 (RFC 2181 section 8). */
  private static int ttl(byte[] message, int fixed) {
    return Math.max(0, u16(message, fixed + 4) << 16 | u16(message, fixed + 6));
  }

  /**
   * The answer without the records of these types, and without the signatures over them, in all
   * sections; null if it can't be rewritten. An answer without such records is returned unchanged.
   */
  public static byte @Nullable [] removeTypes(byte[] answer, BitSet types) {
    WireAnswer parsed = WireAnswer.parse(answer);
    if (parsed == null || !hasAny(parsed, types)) {
      return answer;
    }
    try {
      // Compression pointers may lead into removed records, so the whole message is rewritten.
      Message message = new Message(answer);
      for (int section : SECTIONS) {
        for (Record record : List.copyOf(message.getSection(section))) {
          if (isOf(record, types)) {
            message.removeRecord(record, section);
          }
        }
      }
      return message.toWire();
    } catch (IOException | RuntimeException e) {
      return null;
    }
  }

  private static boolean isOf(Record record, BitSet types) {
    return types.get(record.getType())
        || (record instanceof RRSIGRecord signature && types.get(signature.getTypeCovered()));
  }

  private static boolean hasAny(WireAnswer answer, BitSet types) {
    byte[] bytes = answer.bytes();
    RecordWalk walk = answer.records();
    int count = walk.answers + walk.authorities + walk.keptAdditional;
    int next = answer.questionEnd();
    for (int i = 0; i < count; i++) {
      int fixed = Octets.nameEnd(bytes, next);
      if (types.get(u16(bytes, fixed))) {
        return true;
      }
      next = fixed + FIXED + u16(bytes, fixed + 8);
    }
    return false;
  }
}
