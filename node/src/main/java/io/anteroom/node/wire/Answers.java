// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static io.anteroom.node.wire.Octets.HEADER;
import static io.anteroom.node.wire.Octets.put16;
import static io.anteroom.node.wire.Octets.put32;
import static io.anteroom.node.wire.Octets.u16;

import io.anteroom.protocol.ExtendedError;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Creates answers to a {@link WireQuery}. They have its id, its question as sent, RD and CD copied,
 * and RA set. They have an OPT record of our own (UDP size 1232, DO copied) exactly if the client
 * sent one. Extended DNS Errors (RFC 8914) are in that record, and are omitted for a client without
 * EDNS.
 *
 * <p>An answer above 65,535 bytes, the limit of TCP, is truncated. {@link #fit} applies the limit
 * of UDP.
 */
public final class Answers {
  /** The owner of a record: a compression pointer to the QNAME. */
  private static final int POINTER_TO_QUESTION = 0xc000 | HEADER;

  /** Owner (as a pointer), type, class, TTL, RDLENGTH. */
  private static final int RECORD_HEAD = 12;

  /** CPU "RFC8482" and an empty OS. */
  private static final byte[] HINFO = {7, 'R', 'F', 'C', '8', '4', '8', '2', 0};

  /** One hour, so that a client does not repeat an ANY query soon (RFC 8482 section 4.2). */
  private static final int HINFO_TTL = 3600;

  /** The block length for queries that RFC 8467 section 4.1 recommends. */
  private static final int QUERY_BLOCK = 128;

  private static final int KEPT = Flags.RA | Flags.AD;

  private Answers() {}

  /** An answer without records. */
  public static byte[] rcode(WireQuery query, int rcode, @Nullable ExtendedError error) {
    byte[] options = options(query, error);
    return finish(query, begin(query, 0, options), 0, query.questionEnd(), rcode, options);
  }

  /**
   * An answer with those of the addresses that fit the query type; NODATA with an SOA record if
   * there are none.
   */
  public static byte[] addresses(
      WireQuery query, List<InetAddress> addresses, int ttlSeconds, @Nullable ExtendedError error) {
    int count = 0;
    int size = 0;
    for (InetAddress address : addresses) {
      if (asksFor(query, address)) {
        count++;
        size += RECORD_HEAD + address.getAddress().length;
      }
    }
    if (count == 0) {
      byte[] none = MadeAnswers.negative(query, Rcodes.NOERROR, MadeAnswers.DEFAULT_SOA);
      return error == null ? none : withError(none, error);
    }
    byte[] options = options(query, error);
    byte[] out = begin(query, size, options);
    int next = query.questionEnd();
    for (InetAddress address : addresses) {
      if (asksFor(query, address)) {
        next = putRecord(out, next, typeOf(address), ttlSeconds, address.getAddress());
      }
    }
    put16(out, 6, count);
    return finish(query, out, 0, next, Rcodes.NOERROR, options);
  }

  private static boolean asksFor(WireQuery query, InetAddress address) {
    boolean type = query.type() == Types.ANY || query.type() == typeOf(address);
    return type && (query.dnsClass() == Types.CLASS_IN || query.dnsClass() == Types.ANY);
  }

  private static int typeOf(InetAddress address) {
    return address.getAddress().length == 4 ? Types.A : Types.AAAA;
  }

  /** The answer to ANY over UDP of RFC 8482 section 4.2: one HINFO record. */
  public static byte[] refuseAny(WireQuery query) {
    byte[] out = begin(query, RECORD_HEAD + HINFO.length, Edns.NO_OPTIONS);
    int end = putRecord(out, query.questionEnd(), Types.HINFO, HINFO_TTL, HINFO);
    put16(out, 6, 1);
    return finish(query, out, 0, end, Rcodes.NOERROR, Edns.NO_OPTIONS);
  }

  private static int putRecord(byte[] out, int at, int type, int ttlSeconds, byte[] data) {
    put16(out, at, POINTER_TO_QUESTION);
    put16(out, at + 2, type);
    put16(out, at + 4, Types.CLASS_IN);
    put32(out, at + 6, Math.max(0, ttlSeconds));
    put16(out, at + 10, data.length);
    System.arraycopy(data, 0, out, at + RECORD_HEAD, data.length);
    return at + RECORD_HEAD + data.length;
  }

  /**
   * An answer with prepared records. They must not depend on their position, except for compression
   * pointers to offset 12, the QNAME.
   */
  public static byte[] records(
      WireQuery query,
      int rcode,
      boolean authoritative,
      byte[] records,
      int answers,
      int authorities) {
    byte[] out = begin(query, records.length, Edns.NO_OPTIONS);
    System.arraycopy(records, 0, out, query.questionEnd(), records.length);
    put16(out, 6, answers);
    put16(out, 8, authorities);
    int end = query.questionEnd() + records.length;
    return finish(query, out, authoritative ? Flags.AA : 0, end, rcode, Edns.NO_OPTIONS);
  }

  /**
   * Adapts an answer of a server to the client: id and question as the client sent them, the OPT
   * record replaced by ours or removed. For a client without EDNS, RCODEs that need EDNS become
   * SERVFAIL. For every client, so do RCODEs about EDNS itself, and an answer to another question.
   *
   * <p>Both questions differ only in case, so records are copied unchanged except for the case of
   * owner names, and compression pointers stay valid. Extended DNS Errors are kept, up to 512
   * bytes. AA and TC are kept, and AD if the client asked for it (RFC 6840 section 5.8).
   */
  public static byte[] adapt(WireQuery query, WireAnswer answer) {
    if (!answer.answers(query)) {
      return rcode(query, Rcodes.SERVFAIL, null);
    }
    byte[] options = query.hasEdns() ? Edns.extendedErrors(answer) : Edns.NO_OPTIONS;
    byte[] from = answer.bytes();
    int start = query.questionEnd();
    int length = answer.records().keptEnd - start;
    byte[] out = begin(query, length, options);
    System.arraycopy(from, start, out, start, length);
    restoreCase(out, start, answer.records());
    put16(out, 6, answer.records().answers);
    put16(out, 8, answer.records().authorities);
    put16(out, 10, answer.records().keptAdditional);
    out[3] = (byte) (query.wantsAuthenticData() ? from[3] & Flags.AD : 0);
    int flags = from[2] & (Flags.AA | Flags.TC);
    return finish(query, out, flags, start + length, rcodeOf(answer), options);
  }

  /**
   * The answer to a query with the same question, but perhaps with other flags and other EDNS;
   * SERVFAIL if it can't be read. RA and AD stay as they are.
   */
  public static byte[] readdressed(WireQuery query, byte[] answer) {
    WireAnswer parsed = WireAnswer.parse(answer);
    if (parsed == null) {
      return rcode(query, Rcodes.SERVFAIL, null);
    }
    byte[] out = adapt(query, parsed);
    out[3] = (byte) ((out[3] & ~KEPT) | (answer[3] & KEPT));
    return out;
  }

  /** A server that does not compress owner names may repeat the random case of our query. */
  private static void restoreCase(byte[] out, int start, RecordWalk records) {
    int next = start;
    for (int i = records.answers + records.authorities + records.keptAdditional; i > 0; i--) {
      if (!MessageNames.isPointer(out, next)) {
        MessageNames.copyCase(out, HEADER, next);
      }
      next = RecordWalk.end(out, Octets.nameEnd(out, next));
    }
  }

  /** BADVERS and BADCOOKIE refer to our OPT record, not to the client's. */
  private static int rcodeOf(WireAnswer answer) {
    int rcode = answer.rcode();
    boolean ofHop = rcode == Rcodes.BADVERS || rcode == Rcodes.BADCOOKIE;
    return ofHop ? Rcodes.SERVFAIL : rcode;
  }

  /** The answer itself if it is within the limit, otherwise one with TC set and no records. */
  public static byte[] fit(WireQuery query, byte[] answer, int limit) {
    return answer.length <= limit ? answer : truncate(query, answer, limit);
  }

  /** An answer with TC set and no records, after which a client retries over TCP. */
  public static byte[] truncated(WireQuery query) {
    byte[] out = begin(query, 0, Edns.NO_OPTIONS);
    return finish(query, out, Flags.TC, query.questionEnd(), Rcodes.NOERROR, Edns.NO_OPTIONS);
  }

  /**
   * Adds an Extended DNS Error to the OPT record of one of our answers. Returns the answer
   * unchanged if it has no OPT record (the client has no EDNS) or no room.
   */
  public static byte[] withError(byte[] answer, ExtendedError error) {
    return withOption(answer, Edns.option(error));
  }

  /**
   * Adds an option to the OPT record of one of our answers. Returns the answer unchanged if it has
   * no OPT record or no room.
   */
  static byte[] withOption(byte[] answer, byte[] option) {
    WireAnswer parsed = WireAnswer.parse(answer);
    if (parsed == null || !parsed.hasEdns() || parsed.records().optEnd != answer.length) {
      return answer;
    }
    if (answer.length + option.length > Octets.MAX_MESSAGE) {
      return answer;
    }
    int lengthAt = parsed.records().opt + Edns.OPT_LENGTH - 2;
    byte[] out = Arrays.copyOf(answer, answer.length + option.length);
    System.arraycopy(option, 0, out, answer.length, option.length);
    put16(out, lengthAt, u16(answer, lengthAt) + option.length);
    return out;
  }

  private static byte[] truncate(WireQuery query, byte[] answer, int limit) {
    WireAnswer parsed = WireAnswer.parse(answer);
    int rcode = parsed == null ? answer[3] & Flags.RCODE : parsed.rcode();
    byte[] options = parsed == null ? Edns.NO_OPTIONS : Edns.extendedErrors(parsed);
    if (query.questionEnd() + Edns.OPT_LENGTH + options.length > limit) {
      options = Edns.NO_OPTIONS;
    }
    byte[] out = begin(query, 0, options);
    out[3] = (byte) (answer[3] & Flags.AD);
    int flags = (answer[2] & Flags.AA) | Flags.TC;
    return finish(query, out, flags, query.questionEnd(), rcode, options);
  }

  /**
   * Creates the query for an upstream server: our own id, the question of the client, RD, CD and AD
   * as given, and our own OPT record with DO copied. Nothing else of the client's query is sent.
   *
   * @param ednsSize the UDP size to offer; 0 for no OPT record
   * @param cookie the cookie for the OPT record (RFC 7873); null for none
   */
  public static byte[] upstreamQuery(
      WireQuery query, int id, boolean recursion, int ednsSize, byte @Nullable [] cookie) {
    return queryWith(upstreamOptions(query, cookie), query, id, recursion, ednsSize);
  }

  /**
   * The same without a cookie, padded to a multiple of {@value #QUERY_BLOCK} bytes, so that its
   * length tells nothing of the name to who sees the encrypted query (RFC 8467 section 4.1).
   */
  public static byte[] paddedQuery(WireQuery query, int id, boolean recursion, int ednsSize) {
    byte[] options = upstreamOptions(query, null);
    int least = query.questionEnd() + Edns.OPT_LENGTH + options.length;
    byte[] padding = Edns.padding(least, QUERY_BLOCK);
    byte[] both = Arrays.copyOf(options, options.length + padding.length);
    System.arraycopy(padding, 0, both, options.length, padding.length);
    return queryWith(both, query, id, recursion, ednsSize);
  }

  private static byte[] queryWith(
      byte[] options, WireQuery query, int id, boolean recursion, int ednsSize) {
    int end = query.questionEnd();
    byte[] out = new byte[end + (ednsSize > 0 ? Edns.OPT_LENGTH + options.length : 0)];
    System.arraycopy(query.bytes(), HEADER, out, HEADER, end - HEADER);
    put16(out, 0, id);
    out[2] = (byte) (recursion ? query.bytes()[2] & Flags.RD : 0);
    int authenticData = query.wantsAuthenticData() ? Flags.AD : 0;
    out[3] = (byte) ((query.bytes()[3] & Flags.CD) | authenticData);
    put16(out, 4, 1);
    if (ednsSize > 0) {
      Edns.write(out, end, ednsSize, 0, query.dnssecOk(), options);
      put16(out, 10, 1);
    }
    return out;
  }

  private static byte[] upstreamOptions(WireQuery query, byte @Nullable [] cookie) {
    byte[] cookies = cookie == null ? Edns.NO_OPTIONS : Edns.option(Edns.COOKIE, cookie);
    ClientSubnet subnet = query.subnet();
    if (subnet == null) {
      return cookies;
    }
    byte[] told = subnet.option();
    byte[] both = Arrays.copyOf(told, told.length + cookies.length);
    System.arraycopy(cookies, 0, both, told.length, cookies.length);
    return both;
  }

  private static byte[] options(WireQuery query, @Nullable ExtendedError error) {
    return error == null || !query.hasEdns() ? Edns.NO_OPTIONS : Edns.option(error);
  }

  /** Header and question, with room for the rest; all counts are zero except QDCOUNT. */
  static byte[] begin(WireQuery query, int recordsLength, byte[] options) {
    int end = query.questionEnd();
    int opt = query.hasEdns() ? Edns.OPT_LENGTH + options.length : 0;
    byte[] out = new byte[end + recordsLength + opt];
    System.arraycopy(query.bytes(), 0, out, 0, end);
    put32(out, 2, 1);
    put32(out, 6, 0);
    put16(out, 10, 0);
    return out;
  }

  /**
   * Sets the flags and writes the OPT record; the AD bit and the counts are already set. If the
   * largest message has no room for the options, or for the record itself, these are omitted: with
   * TC instead, a client over TCP could not get the answer.
   */
  static byte[] finish(WireQuery query, byte[] out, int flags, int end, int rcode, byte[] options) {
    int room = Octets.MAX_MESSAGE - end - Edns.OPT_LENGTH;
    boolean edns = query.hasEdns() && (room >= 0 || end > Octets.MAX_MESSAGE);
    int given = rcode > Flags.RCODE && !edns ? Rcodes.SERVFAIL : rcode;
    out[2] = (byte) (Flags.QR | flags | (query.bytes()[2] & Flags.RD));
    int kept = (out[3] & Flags.AD) | (query.bytes()[3] & Flags.CD);
    out[3] = (byte) (Flags.RA | kept | (given & Flags.RCODE));
    int length = end;
    if (edns) {
      byte[] fitting = options.length <= room ? options : Edns.NO_OPTIONS;
      length = Edns.write(out, end, WireQuery.MAX_UDP, given, query.dnssecOk(), fitting);
      put16(out, 10, u16(out, 10) + 1);
    }
    byte[] whole = length == out.length ? out : Arrays.copyOf(out, length);
    return fit(query, whole, Octets.MAX_MESSAGE);
  }
}
