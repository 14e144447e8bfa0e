// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.http;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The query message of a GET request: the parameter {@code dns}, in base64url (RFC 4648). */
final class DnsParameter {
  private static final String NAME = "dns=";
  private static final String PADDING = "%3D";
  private static final int SIX_BITS = 6;

  /** The values of the characters; -1 for those that are not of the alphabet. */
  private static final byte[] VALUES = values();

  private DnsParameter() {}

  private static byte[] values() {
    byte[] values = new byte[128];
    Arrays.fill(values, (byte) -1);
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (int i = 0; i < alphabet.length(); i++) {
      values[alphabet.charAt(i)] = (byte) i;
    }
    return values;
  }

  /** Where the value of the first parameter of this name begins in a target; -1 for none. */
  static int find(CharSequence target) {
    int at = Paths.end(target) + 1;
    while (at < target.length()) {
      if (isName(target, at)) {
        return at + NAME.length();
      }
      while (at < target.length() && target.charAt(at) != '&') {
        at++;
      }
      at++;
    }
    return -1;
  }

  private static boolean isName(CharSequence target, int at) {
    if (target.length() - at < NAME.length()) {
      return false;
    }
    for (int i = 0; i < NAME.length(); i++) {
      if (target.charAt(at + i) != NAME.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Decodes a value up to its end. Padding, which RFC 8484 section 6 forbids, does no harm.
   *
   * @return null if it is not base64url
   */
  static byte @Nullable [] decode(CharSequence target, int from) {
    int end = withoutPadding(target, from, end(target, from));
    int length = end - from;
    if (length % 4 == 1) {
      return null;
    }
    byte[] bytes = new byte[length * SIX_BITS / Byte.SIZE];
    int bits = 0;
    int count = 0;
    int next = 0;
    for (int i = from; i < end; i++) {
      char c = target.charAt(i);
      int value = c < VALUES.length ? VALUES[c] : -1;
      if (value < 0) {
        return null;
      }
      bits = bits << SIX_BITS | value;
      count += SIX_BITS;
      if (count >= Byte.SIZE) {
        count -= Byte.SIZE;
        bytes[next++] = (byte) (bits >> count);
      }
    }
    return bytes;
  }

  private static int end(CharSequence target, int from) {
    int end = from;
    while (end < target.length() && target.charAt(end) != '&' && target.charAt(end) != '#') {
      end++;
    }
    return end;
  }

  private static int withoutPadding(CharSequence target, int from, int end) {
    int to = end;
    while (to > from) {
      if (target.charAt(to - 1) == '=') {
        to--;
      } else if (to - from >= PADDING.length() && isEscapedPadding(target, to)) {
        to -= PADDING.length();
      } else {
        break;
      }
    }
    return to;
  }

  private static boolean isEscapedPadding(CharSequence target, int end) {
    return target.charAt(end - 3) == '%'
        && target.charAt(end - 2) == '3'
        && (target.charAt(end - 1) | 0x20) == 'd';
  }
}
