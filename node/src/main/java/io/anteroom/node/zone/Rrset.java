// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.wire.WireName;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * The records of one name and type, ready to be copied after a question.
 *
 * @param records in wire format; the owner is a compression pointer to the QNAME, other names are
 *     uncompressed
 */
record Rrset(int type, byte[] records, int count) {
  /** A compression pointer to offset 12, the QNAME. */
  static final int OWNER = 0xc00c;

  /** The length of the owner. */
  static final int OWNER_LENGTH = 2;

  /** The length of type, class and TTL. */
  private static final int BEFORE_LENGTH = 8;

  /** Writes the records with another owner than the QNAME. */
  void writeOwnedBy(WireName owner, ByteArrayOutputStream out) {
    byte[] name = owner.toWire();
    int next = 0;
    while (next < records.length) {
      int start = next + OWNER_LENGTH;
      int length = start + BEFORE_LENGTH;
      next = length + 2 + u16(records, length);
      out.write(name, 0, name.length);
      out.write(records, start, next - start);
    }
  }

  /** The data of the first record. */
  byte[] firstData() {
    int start = OWNER_LENGTH + BEFORE_LENGTH + 2;
    return Arrays.copyOfRange(records, start, start + u16(records, start - 2));
  }

  /** A record of another type for the QNAME, with the class and TTL of the first record. */
  byte[] withOneRecord(int otherType, byte[] data) {
    int start = OWNER_LENGTH + BEFORE_LENGTH + 2;
    byte[] record = Arrays.copyOf(records, start + data.length);
    put16(record, 0, OWNER);
    put16(record, OWNER_LENGTH, otherType);
    put16(record, start - 2, data.length);
    System.arraycopy(data, 0, record, start, data.length);
    return record;
  }

  private static int u16(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
  }

  private static void put16(byte[] bytes, int at, int value) {
    bytes[at] = (byte) (value >>> 8);
    bytes[at + 1] = (byte) value;
  }
}
