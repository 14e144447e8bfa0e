// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static io.anteroom.node.wire.Octets.HEADER;
import static io.anteroom.node.wire.Octets.put16;
import static io.anteroom.node.wire.Octets.u16;
import static io.anteroom.node.wire.Octets.u8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A client's query: its bytes and the important offsets. It has exactly one question, opcode QUERY
 * and QR=0. Immutable; the bytes are not copied and must not be modified.
 *
 * <p>Bytes after the last record are tolerated, because real clients send them. They are removed,
 * so that a waiting query takes no more memory than its records.
 */
public final class WireQuery implements ParsedQuery {
  /** The maximum size of an answer over UDP, which fits into one packet nearly everywhere. */
  static final int MAX_UDP = 1232;

  private static final int MIN_UDP = 512;

  private static final ParsedQuery SHORT = new Rejected(Reason.SHORT, null);
  private static final ParsedQuery RESPONSE = new Rejected(Reason.RESPONSE, null);

  private final byte[] bytes;
  private final WireName name;
  private final int questionEnd;
  private final int opt;
  private final @Nullable ClientSubnet subnet;

  private WireQuery(
      byte[] bytes, WireName name, int questionEnd, int opt, @Nullable ClientSubnet subnet) {
    this.bytes = bytes;
    this.name = name;
    this.questionEnd = questionEnd;
    this.opt = opt;
    this.subnet = subnet;
  }

  /** Parses a packet. Never throws, whatever its content. */
  public static ParsedQuery parse(byte[] packet) {
    if (packet.length < HEADER) {
      return SHORT;
    }
    int flags = u8(packet, 2);
    if ((flags & Flags.QR) != 0) {
      return RESPONSE;
    }
    if ((flags & Flags.OPCODE) != 0) {
      return ErrorResponses.of(packet, Reason.OPCODE, Rcodes.NOTIMP);
    }
    if (u16(packet, 4) != 1) {
      return ErrorResponses.of(packet, Reason.QUESTION_COUNT, Rcodes.FORMERR);
    }
    int nameEnd = Octets.plainNameEnd(packet, HEADER);
    if (nameEnd < 0
        || nameEnd + 4 > packet.length
        || !canBeAsked(u16(packet, nameEnd), u16(packet, nameEnd + 2))) {
      return ErrorResponses.of(packet, Reason.MALFORMED, Rcodes.FORMERR);
    }
    int type = u16(packet, nameEnd);
    if (type == Types.AXFR || type == Types.IXFR) {
      return ErrorResponses.of(packet, Reason.TRANSFER, Rcodes.NOTIMP);
    }
    return parseRecords(packet, nameEnd);
  }

  /**
   * Whether a question may have this type and class. Types that occur only in the additional
   * section, the reserved value 0, and class NONE, which belongs to UPDATE, are invalid (RFC 6895
   * sections 3.1 and 3.2).
   */
  private static boolean canBeAsked(int type, int dnsClass) {
    boolean meta = type == Types.OPT || type == Types.TKEY || type == Types.TSIG;
    return type != 0 && !meta && dnsClass != 0 && dnsClass != Types.CLASS_NONE;
  }

  private static ParsedQuery parseRecords(byte[] packet, int nameEnd) {
    int questionEnd = nameEnd + 4;
    RecordWalk records = new RecordWalk(questionEnd);
    RecordWalk.Result result = records.walk(packet);
    if (result == RecordWalk.Result.MALFORMED) {
      return ErrorResponses.of(packet, Reason.MALFORMED, Rcodes.FORMERR);
    }
    if (result == RecordWalk.Result.OPT_TWICE) {
      return ErrorResponses.of(packet, Reason.OPT_TWICE, Rcodes.FORMERR);
    }
    byte[] message = records.end < packet.length ? Arrays.copyOf(packet, records.end) : packet;
    WireName name = WireName.copyOf(packet, HEADER, nameEnd - HEADER);
    WireQuery query = new WireQuery(message, name, questionEnd, records.opt, null);
    if (query.ednsVersion() != 0) {
      return new Rejected(Reason.EDNS_VERSION, Answers.rcode(query, Rcodes.BADVERS, null));
    }
    int cookie = query.offset(Edns.COOKIE);
    if (cookie != 0 && !ServerCookies.isLength(u16(message, cookie + 2))) {
      return ErrorResponses.of(packet, Reason.COOKIE, Rcodes.FORMERR);
    }
    return query;
  }

  public byte[] bytes() {
    return bytes;
  }

  public int id() {
    return u16(bytes, 0);
  }

  public boolean recursionDesired() {
    return (bytes[2] & Flags.RD) != 0;
  }

  public boolean checkingDisabled() {
    return (bytes[3] & Flags.CD) != 0;
  }

  /** Whether the client wants to know if the answer was validated (RFC 6840 section 5.7). */
  public boolean wantsAuthenticData() {
    return (bytes[3] & Flags.AD) != 0 || dnssecOk();
  }

  /** The QNAME in lower case. */
  public WireName name() {
    return name;
  }

  /** The presentation form of the QNAME, absolute, with escapes, in the case that was sent. */
  public String nameAsSent() {
    return NameText.format(Arrays.copyOfRange(bytes, HEADER, questionEnd - 4));
  }

  /** Whether the other query has the same question, with its name in the same case. */
  public boolean asksTheSame(WireQuery other) {
    return questionEnd == other.questionEnd
        && Arrays.equals(bytes, HEADER, questionEnd, other.bytes, HEADER, questionEnd);
  }

  public int type() {
    return u16(bytes, questionEnd - 4);
  }

  public int dnsClass() {
    return u16(bytes, questionEnd - 2);
  }

  /** The offset after the question; the question starts at 12. */
  public int questionEnd() {
    return questionEnd;
  }

  public boolean hasEdns() {
    return opt != 0;
  }

  public boolean dnssecOk() {
    return opt != 0 && (bytes[opt + 7] & Flags.DO) != 0;
  }

  /** The opcode, which is always QUERY (0), because others are not parsed. */
  public int opcode() {
    return (bytes[2] & Flags.OPCODE) >> 3;
  }

  /** The client subnet to send to upstream servers; null for none. */
  public @Nullable ClientSubnet subnet() {
    return subnet;
  }

  /** The same query with this client subnet for upstream servers. */
  public WireQuery withSubnet(@Nullable ClientSubnet told) {
    return new WireQuery(bytes, name, questionEnd, opt, told);
  }

  /** Whether the client does not want its address to be sent on (RFC 7871 section 7.1.2). */
  public boolean keepsSubnetPrivate() {
    int option = offset(ClientSubnet.CODE);
    return option != 0 && u16(bytes, option + 2) >= 4 && bytes[option + 6] == 0;
  }

  /** Whether the client's OPT record has an option with this code. */
  public boolean hasOption(int code) {
    return offset(code) != 0;
  }

  /** A copy of the data of the first option with this code; null if there is none. */
  public byte @Nullable [] option(int code) {
    int at = offset(code);
    return at == 0 ? null : Arrays.copyOfRange(bytes, at + 4, at + 4 + u16(bytes, at + 2));
  }

  /**
   * Whether a packet that may be a query with one question has an EDNS option with this code; false
   * if it can't be read.
   */
  public static boolean mentions(byte[] packet, int code) {
    int nameEnd = packet.length < HEADER ? -1 : Octets.nameEnd(packet, HEADER);
    if (nameEnd < 0 || nameEnd + 4 > packet.length || u16(packet, 10) == 0) {
      return false;
    }
    RecordWalk records = new RecordWalk(nameEnd + 4);
    return records.walk(packet) == RecordWalk.Result.SOUND
        && offset(packet, records.opt, code) != 0;
  }

  /** The offset of the client's option with this code; 0 if there is none. */
  private int offset(int code) {
    return offset(bytes, opt, code);
  }

  private static int offset(byte[] bytes, int opt, int code) {
    if (opt == 0) {
      return 0;
    }
    int end = opt + RecordWalk.length(bytes, opt);
    for (int next = opt + Edns.OPT_LENGTH; next < end; next += 4 + u16(bytes, next + 2)) {
      if (u16(bytes, next) == code) {
        return next;
      }
    }
    return 0;
  }

  /** Whether the client sent cookies (RFC 7873). */
  public boolean hasCookie() {
    return offset(Edns.COOKIE) != 0;
  }

  /** The cookies of the client (RFC 7873), of a length that they may have; null for none. */
  byte @Nullable [] cookie() {
    return option(Edns.COOKIE);
  }

  /** The data of the options in the client's OPT record, by code. */
  public SortedMap<Integer, List<byte[]>> options() {
    SortedMap<Integer, List<byte[]>> options = new TreeMap<>();
    if (opt == 0) {
      return options;
    }
    int end = opt + RecordWalk.length(bytes, opt);
    for (int next = opt + Edns.OPT_LENGTH; next < end; next += 4 + u16(bytes, next + 2)) {
      byte[] data = Arrays.copyOfRange(bytes, next + 4, next + 4 + u16(bytes, next + 2));
      options.computeIfAbsent(u16(bytes, next), code -> new ArrayList<>()).add(data);
    }
    return options;
  }

  /** The same query for another name: same header, type, class and EDNS. */
  public WireQuery renamed(WireName to) {
    byte[] changed = new byte[bytes.length - (questionEnd - 4 - HEADER) + to.length()];
    int newEnd = HEADER + to.length() + 4;
    System.arraycopy(bytes, 0, changed, 0, HEADER);
    to.copyTo(changed, HEADER);
    System.arraycopy(bytes, questionEnd - 4, changed, newEnd - 4, bytes.length - questionEnd + 4);
    // Records before the OPT record may have pointers into the question, so only the OPT record is
    // kept.
    put16(changed, 6, 0);
    put16(changed, 8, 0);
    put16(changed, 10, opt == 0 ? 0 : 1);
    if (opt == 0) {
      return new WireQuery(Arrays.copyOf(changed, newEnd), to, newEnd, 0, subnet);
    }
    int optLength = RecordWalk.length(bytes, opt);
    System.arraycopy(bytes, opt, changed, newEnd, optLength);
    return new WireQuery(Arrays.copyOf(changed, newEnd + optLength), to, newEnd, newEnd, subnet);
  }

  /**
   * The maximum size of an answer over UDP: the client's EDNS size, limited to 512 to 1232 bytes;
   * 512 without EDNS.
   */
  public int udpLimit() {
    return opt == 0 ? MIN_UDP : Math.min(MAX_UDP, Math.max(MIN_UDP, u16(bytes, opt + 3)));
  }

  private int ednsVersion() {
    return opt == 0 ? 0 : u8(bytes, opt + 6);
  }

  /** For logs: the question. */
  @Override
  public String toString() {
    return name + " class " + dnsClass() + " type " + type();
  }
}
