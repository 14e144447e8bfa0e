// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import static io.anteroom.node.wire.Octets.put16;
import static io.anteroom.node.wire.Octets.u16;

import io.anteroom.protocol.ExtendedError;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Writes OPT records (RFC 6891), and reads and writes cookies and Extended DNS Errors. */
final class Edns {
  /** An OPT record without options. */
  static final int OPT_LENGTH = 11;

  static final byte[] NO_OPTIONS = {};

  /** The option code of cookies (RFC 7873). */
  static final int COOKIE = 10;

  /** The option code of padding (RFC 7830). */
  static final int PADDING = 12;

  /** The option code of Extended DNS Errors (RFC 8914). */
  private static final int EXTENDED_ERROR = 15;

  /** The limit in bytes for options of upstream servers in our answers. */
  private static final int MAX_PASSED_ON = 512;

  private Edns() {}

  /** Writes an OPT record with these options; returns the offset after it. */
  static int write(byte[] out, int at, int udpSize, int rcode, boolean dnssecOk, byte[] options) {
    out[at] = 0;
    put16(out, at + 1, Types.OPT);
    put16(out, at + 3, udpSize);
    out[at + 5] = (byte) (rcode >>> 4);
    out[at + 6] = 0;
    put16(out, at + 7, dnssecOk ? Flags.DO << 8 : 0);
    put16(out, at + 9, options.length);
    System.arraycopy(options, 0, out, at + OPT_LENGTH, options.length);
    return at + OPT_LENGTH + options.length;
  }

  static byte[] option(int code, byte[] data) {
    byte[] option = new byte[4 + data.length];
    put16(option, 0, code);
    put16(option, 2, data.length);
    System.arraycopy(data, 0, option, 4, data.length);
    return option;
  }

  /** A PADDING option that fills a message of this length up to a multiple of the block. */
  static byte[] padding(int length, int block) {
    int least = length + 4;
    return option(PADDING, new byte[(least + block - 1) / block * block - least]);
  }

  static byte[] option(ExtendedError error) {
    byte[] text = error.text().getBytes(StandardCharsets.UTF_8);
    byte[] option = new byte[6 + text.length];
    put16(option, 0, EXTENDED_ERROR);
    put16(option, 2, 2 + text.length);
    put16(option, 4, error.code());
    System.arraycopy(text, 0, option, 6, text.length);
    return option;
  }

  /** The data of the first option with this code; null if there is none. */
  static byte @Nullable [] find(WireAnswer answer, int code) {
    byte[] message = answer.bytes();
    int next = answer.records().opt + OPT_LENGTH;
    while (answer.hasEdns() && next < answer.records().optEnd) {
      int data = next + 4;
      int end = data + u16(message, next + 2);
      if (u16(message, next) == code) {
        return Arrays.copyOfRange(message, data, end);
      }
      next = end;
    }
    return null;
  }

  /** The Extended DNS Errors among an answer's options, up to the limit. */
  static byte[] extendedErrors(WireAnswer answer) {
    byte[] message = answer.bytes();
    byte[] kept = NO_OPTIONS;
    int next = answer.records().opt + OPT_LENGTH;
    while (answer.hasEdns() && next < answer.records().optEnd) {
      int length = 4 + u16(message, next + 2);
      boolean wanted = u16(message, next) == EXTENDED_ERROR && length >= 6;
      if (wanted && kept.length + length <= MAX_PASSED_ON) {
        kept = Arrays.copyOf(kept, kept.length + length);
        System.arraycopy(message, next, kept, kept.length - length, length);
      }
      next += length;
    }
    return kept;
  }
}
