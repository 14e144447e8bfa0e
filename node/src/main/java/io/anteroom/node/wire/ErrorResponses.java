// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static io.anteroom.node.wire.Octets.HEADER;
import static io.anteroom.node.wire.Octets.put16;
import static io.anteroom.node.wire.Octets.u16;

import io.anteroom.node.wire.ParsedQuery.Reason;
import io.anteroom.node.wire.ParsedQuery.Rejected;
import java.util.Arrays;

/**
 * Error responses to invalid packets. Each has the id, opcode and RD of the packet; its question,
 * if there is exactly one and it can be read; and our own OPT record if the packet has one (RFC
 * 6891 section 6.1.1). Without the question, many clients ignore the response; without the OPT
 * record, they assume a server without EDNS. A response is never longer than the packet.
 */
final class ErrorResponses {
  private ErrorResponses() {}

  static Rejected of(byte[] packet, Reason reason, int rcode) {
    int end = questionsEnd(packet);
    boolean hasQuestion = end > HEADER && u16(packet, 4) == 1;
    int questionEnd = hasQuestion ? end : HEADER;
    int opt = end < 0 ? 0 : opt(packet, end);
    byte[] answer = Arrays.copyOf(packet, questionEnd + (opt == 0 ? 0 : Edns.OPT_LENGTH));
    answer[2] = (byte) (Flags.QR | (packet[2] & (Flags.OPCODE | Flags.RD)));
    answer[3] = (byte) rcode;
    put16(answer, 4, hasQuestion ? 1 : 0);
    Arrays.fill(answer, 6, HEADER, (byte) 0);
    if (opt != 0) {
      boolean dnssecOk = (packet[opt + 7] & Flags.DO) != 0;
      Edns.write(answer, questionEnd, WireQuery.MAX_UDP, rcode, dnssecOk, Edns.NO_OPTIONS);
      put16(answer, 10, 1);
    }
    return new Rejected(reason, answer);
  }

  /** The offset after all questions; -1 if one of them can't be read. */
  private static int questionsEnd(byte[] packet) {
    int next = HEADER;
    for (int i = u16(packet, 4); i > 0; i--) {
      int nameEnd = Octets.plainNameEnd(packet, next);
      if (nameEnd < 0 || nameEnd + 4 > packet.length) {
        return -1;
      }
      next = nameEnd + 4;
    }
    return next;
  }

  /** The offset of an OPT record with the root as its name; 0 if there is none. */
  private static int opt(byte[] packet, int questionsEnd) {
    RecordWalk records = new RecordWalk(questionsEnd);
    records.walk(packet);
    return records.opt != 0 && packet[records.opt] == 0 ? records.opt : 0;
  }
}
