// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.testing;

import io.anteroom.node.wire.WireAnswer;
import io.anteroom.node.wire.WireQuery;
import java.io.IOException;
import java.util.Objects;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Answers of upstream servers, and the queries that they are for. */
public final class Responses {
  private Responses() {}

  /** A query for the A records of a name, with RD. */
  public static WireQuery query(String name) {
    return query(name, Type.A);
  }

  public static WireQuery query(String name, int type) {
    return (WireQuery) Objects.requireNonNull(WireQuery.parse(DnsMessages.query(1, name, type)));
  }

  /** The same with EDNS and the flag DO. */
  public static WireQuery secureQuery(String name, int type) {
    return (WireQuery)
        WireQuery.parse(
            DnsMessages.with(
                DnsMessages.message(1, name, type), new OPTRecord(1232, 0, 0, 0x8000)));
  }

  /** An answer without records. */
  public static Message response(String name, int type, int rcode) {
    Message message = DnsMessages.message(1, name, type);
    message.getHeader().setFlag(Flags.QR);
    message.getHeader().setRcode(rcode);
    return message;
  }

  /** An answer with these records in its answer section, as {@code www.example. 60 A 192.0.2.1}. */
  public static Message answer(String name, int type, String... records) {
    Message message = response(name, type, 0);
    for (String text : records) {
      message.addRecord(record(text), Section.ANSWER);
    }
    return message;
  }

  /** That there is nothing, with the SOA record of the zone {@code example} to say for how long. */
  public static Message negative(String name, int type, int rcode, long ttl, long minimum) {
    Message message = response(name, type, rcode);
    message.addRecord(soa("example.", ttl, minimum), Section.AUTHORITY);
    return message;
  }

  public static Record soa(String zone, long ttl, long minimum) {
    return record(
        "%s %d SOA ns.%s root.%s 1 3600 600 86400 %d"
            .formatted(zone, ttl, dotted(zone), dotted(zone), minimum));
  }

  private static String dotted(String zone) {
    return zone.equals(".") ? "" : zone;
  }

  /** A record of class IN from owner, TTL, type and data. */
  public static Record record(String text) {
    String[] parts = text.split(" ", 4);
    try {
      return Record.fromString(
          Name.fromString(parts[0], Name.root),
          Type.value(parts[2]),
          DClass.IN,
          Long.parseLong(parts[1]),
          parts[3],
          Name.root);
    } catch (IOException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  /** As it comes in. */
  public static WireAnswer wire(Message message) {
    return wire(message.toWire());
  }

  public static WireAnswer wire(byte[] message) {
    return Objects.requireNonNull(WireAnswer.parse(message), "an answer that can't be read");
  }
}
