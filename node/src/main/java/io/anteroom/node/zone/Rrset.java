// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.wire.WireName;
import java.io.ByteArrayOutputStream;

/**
 * The records of one name and type, ready to be copied behind a question.
 *
 * @param records in wire format, without compression, but for the owner: a pointer to the
 *     question's name
 */
record Rrset(int type, byte[] records, int count) {
  /** A pointer to offset 12, where the name of a question stands. */
  static final int OWNER = 0xc00c;

  /** The owner, as a pointer. */
  static final int OWNER_LENGTH = 2;

  /** Type, class and TTL, which stand between the owner and RDLENGTH. */
  private static final int BEFORE_LENGTH = 8;

  /** Writes the records with an owner that is not the question's name. */
  void writeOwnedBy(WireName owner, ByteArrayOutputStream out) {
    byte[] name = owner.toWire();
    int next = 0;
    while (next < records.length) {
      int start = next + OWNER_LENGTH;
      int length = start + BEFORE_LENGTH;
      next = length + 2 + ((records[length] & 0xff) << 8 | (records[length + 1] & 0xff));
      out.write(name, 0, name.length);
      out.write(records, start, next - start);
    }
  }
}
