// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Queries that tests send, and what they look for in answers. */
public final class DnsMessages {
  private DnsMessages() {}

  /** A query of class IN with RD, without EDNS; the name keeps its case. */
  public static byte[] query(int id, String name, int type) {
    return message(id, name, type).toWire();
  }

  /** The same with EDNS. */
  public static byte[] ednsQuery(int id, String name, int type, int size) {
    return with(message(id, name, type), new OPTRecord(size, 0, 0));
  }

  /** A query as a message, to be spoilt. */
  public static Message message(int id, String name, int type) {
    Message message = new Message(id);
    message.getHeader().setFlag(Flags.RD);
    message.addRecord(question(name, type), Section.QUESTION);
    return message;
  }

  /** An answer to a query for these IPv4 addresses. */
  public static byte[] answer(String name, String... addresses) {
    Message answer = message(1, name, Type.A);
    answer.getHeader().setFlag(Flags.QR);
    Name owner = answer.getQuestion().getName();
    for (String address : addresses) {
      InetAddress literal = NetUtil.createInetAddressFromIpAddressString(address);
      answer.addRecord(new ARecord(owner, DClass.IN, 60, literal), Section.ANSWER);
    }
    return answer.toWire();
  }

  /** A query in wire format with these additional records. */
  public static byte[] with(Message message, Record... additional) {
    for (Record record : additional) {
      message.addRecord(record, Section.ADDITIONAL);
    }
    return message.toWire();
  }

  public static Record question(String name, int type) {
    String absolute = name.endsWith(".") ? name : name + ".";
    return Record.newRecord(Name.fromConstantString(absolute), type, DClass.IN);
  }

  public static Message parse(byte[] message) {
    try {
      return new Message(message);
    } catch (IOException e) {
      throw new AssertionError("a client can't read the answer", e);
    }
  }

  /** The addresses in the answer section, in their order. */
  public static List<InetAddress> addresses(Message answer) {
    List<InetAddress> all = new ArrayList<>();
    for (Record record : answer.getSection(Section.ANSWER)) {
      if (record instanceof ARecord a) {
        all.add(a.getAddress());
      } else if (record instanceof AAAARecord aaaa) {
        all.add(aaaa.getAddress());
      }
    }
    return all;
  }

  /** The Extended DNS Error; null without one. */
  public static @Nullable ExtendedErrorCodeOption error(Message answer) {
    OPTRecord opt = answer.getOPT();
    if (opt == null) {
      return null;
    }
    List<EDNSOption> errors = opt.getOptions(EDNSOption.Code.EDNS_EXTENDED_ERROR);
    return errors.isEmpty() ? null : (ExtendedErrorCodeOption) errors.get(0);
  }

  /** The code of the Extended DNS Error; -1 without one. */
  public static int errorCode(Message answer) {
    ExtendedErrorCodeOption error = error(answer);
    return error == null ? -1 : error.getErrorCode();
  }
}
