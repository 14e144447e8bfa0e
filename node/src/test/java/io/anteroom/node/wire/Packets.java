// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.xbill.DNS.ClientSubnetOption;
import org.xbill.DNS.CookieOption;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSIDOption;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Packets that dnsjava makes, for the tests of this package. */
final class Packets {
  /** A record of each kind, in the presentation form of its data. */
  private static final String[][] DATA = {
    {"A", "192.0.2.1"},
    {"AAAA", "2001:db8::1"},
    {"NS", "ns1.example.com."},
    {"CNAME", "other.www.example.com."},
    {"PTR", "host.example.com."},
    {"MX", "10 mail.example.com."},
    {"TXT", "\"v=spf1 -all\" \"second string\""},
    {"SOA", "ns1.example.com. root.example.com. 2024010101 7200 900 1209600 300"},
    {"SRV", "1 2 5060 sip.example.com."},
    {"CAA", "0 issue \"ca.example.net\""},
    {"SVCB", "1 svc.example.com. alpn=h2,h3 port=8443"},
    {"HTTPS", "1 . alpn=h3 ipv4hint=192.0.2.1"},
    {"DS", "12345 13 2 0102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F20"},
    {"NAPTR", "100 10 \"S\" \"SIP+D2U\" \"\" _sip._udp.example.com."},
    {"DNAME", "dname.example.org."},
    {"TLSA", "3 1 1 0102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F20"}
  };

  private static final String[] NAMES = {
    "www.example.com.",
    "WwW.ExAmPlE.CoM.",
    ".",
    "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.example.",
    "xn--bcher-kva.example.",
    "_sip._udp.example.com.",
    "a\\.dot\\000.example.",
    "x".repeat(63) + "." + "y".repeat(63) + "." + "z".repeat(63) + "." + "w".repeat(61) + "."
  };

  private Packets() {}

  static Name name(String text) {
    return Name.fromConstantString(text);
  }

  /** A query with RD and no EDNS. */
  static Message query(String name, int type) {
    Message message = new Message(4711);
    message.getHeader().setFlag(Flags.RD);
    message.addRecord(Record.newRecord(name(name), type, DClass.IN), Section.QUESTION);
    return message;
  }

  static Message ednsQuery(String name, int type, int size, int flags, EDNSOption... options) {
    Message message = query(name, type);
    message.addRecord(new OPTRecord(size, 0, 0, flags, options), Section.ADDITIONAL);
    return message;
  }

  static WireQuery parsed(Message query) {
    return parsed(query.toWire());
  }

  static WireQuery parsed(byte[] query) {
    return (WireQuery) WireQuery.parse(query);
  }

  /** A plain answer to a query, with no records yet. */
  static Message response(Message query) {
    Message message = new Message(query.getHeader().getID());
    message.getHeader().setFlag(Flags.QR);
    message.getHeader().setFlag(Flags.RD);
    message.getHeader().setFlag(Flags.RA);
    message.addRecord(query.getQuestion(), Section.QUESTION);
    return message;
  }

  static Record record(Name owner, String type, String data) {
    try {
      return Record.fromString(owner, Type.value(type), DClass.IN, 300, data, Name.root);
    } catch (IOException e) {
      throw new IllegalArgumentException(data, e);
    }
  }

  /** A hundred queries, and an answer to each behind it. */
  static List<byte[]> real() {
    List<byte[]> packets = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Message query = queryNumber(i);
      packets.add(query.toWire());
      packets.add(answerNumber(i, query).toWire());
    }
    return packets;
  }

  private static Message queryNumber(int i) {
    String type = DATA[i % DATA.length][0];
    Message query = query(NAMES[i / DATA.length % NAMES.length], Type.value(type));
    query.getHeader().setID(i * 601);
    if (i % 5 == 1) {
      query.getHeader().setFlag(Flags.CD);
    }
    if (i % 4 != 3) {
      int flags = i % 2 == 0 ? 0x8000 : 0;
      OPTRecord opt = new OPTRecord(512 + 40 * i, 0, 0, flags, options(i));
      query.addRecord(opt, Section.ADDITIONAL);
    }
    return query;
  }

  private static Message answerNumber(int i, Message query) {
    Message answer = response(query);
    answer.getHeader().setOpcode(Opcode.QUERY);
    Name owner = query.getQuestion().getName();
    for (int n = 0; n < i % 7; n++) {
      String[] data = DATA[(i + n * 3) % DATA.length];
      answer.addRecord(record(owner, data[0], data[1]), Section.ANSWER);
    }
    if (i % 3 == 0) {
      answer.addRecord(record(name("example.com."), "SOA", DATA[7][1]), Section.AUTHORITY);
      answer.addRecord(record(name("example.com."), "NS", DATA[2][1]), Section.AUTHORITY);
    }
    if (i % 4 == 0) {
      answer.addRecord(record(name("ns1.example.com."), "A", "192.0.2.53"), Section.ADDITIONAL);
    }
    answer.getHeader().setRcode(i % 11 == 10 ? Rcode.NXDOMAIN : Rcode.NOERROR);
    if (i % 3 != 1) {
      int upper = i % 13 == 12 ? 1 : 0;
      OPTRecord opt = new OPTRecord(1232, upper, 0, i % 2 << 15, options(i + 1));
      answer.addRecord(opt, Section.ADDITIONAL);
    }
    if (i % 6 == 5) {
      // Behind the OPT record: some servers have it first in its section.
      answer.addRecord(record(name("mail.example.com."), "A", "192.0.2.25"), Section.ADDITIONAL);
    }
    return answer;
  }

  private static EDNSOption[] options(int i) {
    return switch (i % 6) {
      case 0 -> new EDNSOption[] {new CookieOption(new byte[] {1, 2, 3, 4, 5, 6, 7, 8})};
      case 1 -> new EDNSOption[] {new ExtendedErrorCodeOption(15, "blocked"), nsid()};
      case 2 -> new EDNSOption[] {clientSubnet()};
      case 3 -> new EDNSOption[] {new GenericEDNSOption(12, new byte[100])};
      case 4 -> new EDNSOption[] {nsid(), clientSubnet(), new ExtendedErrorCodeOption(3)};
      default -> new EDNSOption[0];
    };
  }

  private static NSIDOption nsid() {
    return new NSIDOption("server-1".getBytes(StandardCharsets.US_ASCII));
  }

  private static ClientSubnetOption clientSubnet() {
    return new ClientSubnetOption(32, InetAddress.getLoopbackAddress());
  }

  static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }

  static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
