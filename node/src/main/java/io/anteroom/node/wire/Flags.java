// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

/**
 * The flag bits in the third and fourth byte of the header (RFC 1035 section 4.1.1, RFC 4035), and
 * DO.
 */
final class Flags {
  // In the third byte.
  static final int QR = 0x80;
  static final int OPCODE = 0x78;
  static final int AA = 0x04;
  static final int TC = 0x02;
  static final int RD = 0x01;

  // In the fourth byte.
  static final int RA = 0x80;
  static final int AD = 0x20;
  static final int CD = 0x10;
  static final int RCODE = 0x0f;

  /** In the upper byte of the flags in an OPT record (RFC 3225). */
  static final int DO = 0x80;

  private Flags() {}
}
