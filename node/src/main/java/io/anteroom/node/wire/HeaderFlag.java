// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static io.anteroom.node.wire.Octets.HEADER;

/** One of the flags in the header of a message (RFC 1035 section 4.1.1, RFC 4035). */
public enum HeaderFlag {
  QR(2, Flags.QR),
  AA(2, Flags.AA),
  TC(2, Flags.TC),
  RD(2, Flags.RD),
  RA(3, Flags.RA),
  AD(3, Flags.AD),
  CD(3, Flags.CD);

  private final int offset;
  private final int bit;

  HeaderFlag(int offset, int bit) {
    this.offset = offset;
    this.bit = bit;
  }

  /** Whether a message, which must have a whole header, has this flag. */
  public boolean isIn(byte[] message) {
    return (message[offset] & bit) != 0;
  }

  /** Sets or clears this flag in the message itself, which must have a whole header. */
  public void put(byte[] message, boolean set) {
    message[offset] = (byte) (set ? message[offset] | bit : message[offset] & ~bit);
  }

  /** The four bits of the RCODE in the header. */
  public static int rcode(byte[] message) {
    return message[3] & Flags.RCODE;
  }

  /** Sets the four bits of the RCODE in the message itself. */
  public static void putRcode(byte[] message, int rcode) {
    message[3] = (byte) ((message[3] & ~Flags.RCODE) | (rcode & Flags.RCODE));
  }

  /** Sets the id in the message itself. */
  public static void putId(byte[] message, int id) {
    Octets.put16(message, 0, id);
  }

  /** Whether a message is long enough to have a header. */
  public static boolean hasHeader(byte[] message) {
    return message.length >= HEADER;
  }
}
