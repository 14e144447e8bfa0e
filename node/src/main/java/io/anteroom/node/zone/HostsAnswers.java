// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.flow.Counter;
import io.anteroom.node.wire.Answers;
import io.anteroom.node.wire.Rcodes;
import io.anteroom.node.wire.Types;
import io.anteroom.node.wire.WireName;
import io.anteroom.node.wire.WireQuery;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/**
 * Creates answers from the addresses and names of hosts files. Each name counts as a zone of its
 * own, so its SOA record, with the content of RFC 6303 section 3, is at the name itself.
 */
final class HostsAnswers {
  private static final int MAX_ADDRESS = 16;

  private final AddressTable addresses;
  private final int ttlSeconds;
  private final byte[] negative;

  HostsAnswers(AddressTable addresses, int ttlSeconds) {
    this.addresses = addresses;
    this.ttlSeconds = ttlSeconds;
    this.negative = negative(ttlSeconds);
  }

  private static byte[] negative(int ttlSeconds) {
    byte[] mailbox = WireName.parse("nobody.invalid").toWire();
    ByteBuffer data = ByteBuffer.allocate(2 + mailbox.length + 20);
    data.putShort((short) Rrset.OWNER).put(mailbox).putInt(1);
    data.putInt(3_600).putInt(1_200).putInt(604_800).putInt(ttlSeconds);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    writeHead(out, Types.SOA, ttlSeconds, data.capacity());
    out.writeBytes(data.array());
    return out.toByteArray();
  }

  /**
   * The answer with the addresses of the query type; for ANY, the IPv4 addresses if there are any.
   */
  LocalOutcome addresses(WireQuery query, int[] numbers) {
    int length = lengthFor(query.type(), numbers);
    ByteArrayOutputStream out = new ByteArrayOutputStream(numbers.length * (12 + MAX_ADDRESS));
    int count = 0;
    for (int number : numbers) {
      if (addresses.length(number) == length) {
        writeHead(out, length == 4 ? Types.A : Types.AAAA, ttlSeconds, length);
        addresses.writeTo(number, out);
        count++;
      }
    }
    return count == 0 ? noData(query) : answer(query, out.toByteArray(), count, 0);
  }

  /** The length of addresses of the query type; 0 for other types. */
  private int lengthFor(int type, int[] numbers) {
    return switch (type) {
      case Types.A -> 4;
      case Types.AAAA -> MAX_ADDRESS;
      case Types.ANY -> {
        for (int number : numbers) {
          if (addresses.length(number) == 4) {
            yield 4;
          }
        }
        yield MAX_ADDRESS;
      }
      default -> 0;
    };
  }

  /** The answer with the PTR record of a reverse name. */
  LocalOutcome pointer(WireQuery query, WireName target) {
    if (query.type() != Types.PTR && query.type() != Types.ANY) {
      return noData(query);
    }
    byte[] data = target.toWire();
    ByteArrayOutputStream out = new ByteArrayOutputStream(12 + data.length);
    writeHead(out, Types.PTR, ttlSeconds, data.length);
    out.writeBytes(data);
    return answer(query, out.toByteArray(), 1, 0);
  }

  private LocalOutcome noData(WireQuery query) {
    return answer(query, negative, 0, 1);
  }

  private static LocalOutcome answer(
      WireQuery query, byte[] records, int answers, int authorities) {
    byte[] message = Answers.records(query, Rcodes.NOERROR, true, records, answers, authorities);
    return new LocalOutcome.Answer(message, Counter.LOCAL);
  }

  /** Writes the part of a record before its data, with the QNAME as owner. */
  private static void writeHead(ByteArrayOutputStream out, int type, int ttl, int length) {
    byte[] head =
        ByteBuffer.allocate(12)
            .putShort((short) Rrset.OWNER)
            .putShort((short) type)
            .putShort((short) Types.CLASS_IN)
            .putInt(ttl)
            .putShort((short) length)
            .array();
    out.writeBytes(head);
  }
}
