// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static io.anteroom.node.wire.Octets.put16;
import static io.anteroom.node.wire.Octets.put32;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Creates answers from rules and verdicts, without an upstream server. */
public final class MadeAnswers {
  /** Owner (as a pointer), type, class, TTL, RDLENGTH. */
  private static final int RECORD_HEAD = 12;

  private static final int FIXED = 10;
  private static final int POINTER = 0xc000;

  /** The timers of an SOA record, before the last one, which is the negative TTL. */
  private static final int REFRESH = 3600;

  private static final int RETRY = 1200;
  private static final int EXPIRE = 604_800;

  /** The SOA record of negative answers that have no other; clients may cache them for a minute. */
  public static final Soa DEFAULT_SOA =
      soa(null, WireName.parse("localhost"), WireName.parse("nobody.invalid"), 60);

  private MadeAnswers() {}

  /**
   * A record for the QNAME.
   *
   * @param data RDATA without compression
   */
  public record Data(int type, int ttlSeconds, byte[] data) {}

  /**
   * The SOA record of a negative answer (RFC 2308 section 3).
   *
   * @param zone the owner; null for the parent of the QNAME
   * @param data RDATA without compression
   */
  public record Soa(@Nullable WireName zone, int ttlSeconds, byte[] data) {}

  /** Creates the SOA record of a zone; null means the parent of the QNAME. */
  public static Soa soa(@Nullable WireName zone, WireName mname, WireName rname, int ttlSeconds) {
    return soa(zone, ttlSeconds, mname, rname, 1, REFRESH, RETRY, EXPIRE, ttlSeconds);
  }

  /**
   * Creates an SOA record.
   *
   * @param numbers serial, refresh, retry, expire and minimum, each 0 to 2^32 - 1
   */
  public static Soa soa(
      @Nullable WireName zone, int ttlSeconds, WireName mname, WireName rname, long... numbers) {
    ByteBuffer data = ByteBuffer.allocate(mname.length() + rname.length() + 4 * numbers.length);
    data.put(mname.toWire()).put(rname.toWire());
    for (long number : numbers) {
      data.putInt((int) number);
    }
    return new Soa(zone, ttlSeconds, data.array());
  }

  /**
   * An answer without records, except for the SOA record that lets clients cache NXDOMAIN and
   * NODATA.
   */
  public static byte[] rcode(WireQuery query, int rcode) {
    return rcode == Rcodes.NXDOMAIN || rcode == Rcodes.NOERROR
        ? negative(query, rcode, DEFAULT_SOA)
        : Answers.rcode(query, rcode, null);
  }

  /**
   * An answer from a message of a filter, adapted like {@link Answers#adapt}, but without AD,
   * because nobody validated it (RFC 4035 section 3.2.3). SERVFAIL if the message can't be read.
   */
  public static byte[] message(WireQuery query, byte[] message) {
    WireAnswer answer = WireAnswer.parse(message);
    if (answer == null) {
      return Answers.rcode(query, Rcodes.SERVFAIL, null);
    }
    byte[] out = Answers.adapt(query, answer);
    out[3] &= (byte) ~Flags.AD;
    return out;
  }

  /**
   * An answer with those of the records that have the query type, or with the CNAME among them;
   * NODATA with this SOA record if there are none. The class is IN.
   */
  public static byte[] data(WireQuery query, List<Data> records, Soa soa) {
    int count = 0;
    int size = 0;
    for (Data record : records) {
      if (answers(query, record)) {
        count++;
        size += RECORD_HEAD + record.data().length;
      }
    }
    if (count == 0) {
      return negative(query, Rcodes.NOERROR, soa);
    }
    byte[] out = new byte[size];
    int at = 0;
    for (Data record : records) {
      if (answers(query, record)) {
        put16(out, at, POINTER | Octets.HEADER);
        at = putRest(out, at + 2, record.type(), record.ttlSeconds(), record.data());
      }
    }
    return Answers.records(query, Rcodes.NOERROR, false, out, count, 0);
  }

  private static boolean answers(WireQuery query, Data record) {
    boolean type =
        record.type() == query.type() || record.type() == Types.CNAME || query.type() == Types.ANY;
    return type && (query.dnsClass() == Types.CLASS_IN || query.dnsClass() == Types.ANY);
  }

  /** A negative answer with this SOA record. */
  public static byte[] negative(WireQuery query, int rcode, Soa soa) {
    return Answers.records(query, rcode, false, record(query, soa), 0, 1);
  }

  /**
   * A negative answer with this SOA record in the additional section, where response policy zones
   * have it: clients must not take it for that of the zone.
   */
  public static byte[] negativeWithAdditional(WireQuery query, int rcode, Soa soa) {
    byte[] record = record(query, soa);
    int end = query.questionEnd() + record.length;
    byte[] out = Answers.begin(query, record.length, Edns.NO_OPTIONS);
    System.arraycopy(record, 0, out, query.questionEnd(), record.length);
    put16(out, 10, 1);
    return Answers.finish(query, out, 0, end, rcode, Edns.NO_OPTIONS);
  }

  private static byte[] record(WireQuery query, Soa soa) {
    WireName zone = soa.zone();
    int owner = zone == null ? 2 : zone.length();
    byte[] out = new byte[owner + FIXED + soa.data().length];
    if (zone == null) {
      // The root has no parent; here it counts as its own parent.
      int label = query.name().length() == 1 ? 0 : query.name().wire()[0] + 1;
      put16(out, 0, POINTER | (Octets.HEADER + label));
    } else {
      zone.copyTo(out, 0);
    }
    putRest(out, owner, Types.SOA, soa.ttlSeconds(), soa.data());
    return out;
  }

  private static int putRest(byte[] out, int at, int type, int ttlSeconds, byte[] data) {
    put16(out, at, type);
    put16(out, at + 2, Types.CLASS_IN);
    put32(out, at + 4, ttlSeconds);
    put16(out, at + 8, data.length);
    System.arraycopy(data, 0, out, at + FIXED, data.length);
    return at + FIXED + data.length;
  }
}
