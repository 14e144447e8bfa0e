// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The presentation form of names (RFC 1035 section 5.1). Except for {@link #unescaped}, not for the
 * hot path.
 */
final class NameText {
  private static final String ESCAPED = ".\\\"();@$";
  private static final boolean[] PLAIN = new boolean[256];

  static {
    for (int octet = ' ' + 1; octet <= '~'; octet++) {
      PLAIN[octet] = ESCAPED.indexOf(octet) < 0;
    }
  }

  private final String text;
  private final byte[] wire = new byte[Octets.MAX_NAME];
  private int read;
  private int labelStart;
  private int written = 1;

  private NameText(String text) {
    this.text = text;
  }

  static byte[] parse(String text) {
    return text.equals(".") ? new byte[1] : new NameText(text).parse();
  }

  /** The form without the final dot of a name that needs no escapes; otherwise null. */
  static @Nullable String unescaped(byte[] wire) {
    byte[] text = new byte[Math.max(0, wire.length - 2)];
    int label = 0;
    for (int i = 1; i <= text.length; i++) {
      if (i == label + wire[label] + 1) {
        label = i;
        text[i - 1] = '.';
      } else if (!PLAIN[wire[i] & 0xff]) {
        return null;
      } else {
        text[i - 1] = wire[i];
      }
    }
    return new String(text, StandardCharsets.ISO_8859_1);
  }

  static String format(byte[] wire) {
    if (wire.length == 1) {
      return ".";
    }
    StringBuilder out = new StringBuilder(wire.length + 8);
    for (int label = 0; wire[label] != 0; label += wire[label] + 1) {
      for (int i = label + 1; i <= label + wire[label]; i++) {
        append(out, wire[i] & 0xff);
      }
      out.append('.');
    }
    return out.toString();
  }

  private static void append(StringBuilder out, int octet) {
    if (octet <= ' ' || octet > '~') {
      out.append('\\');
      out.append((char) ('0' + octet / 100));
      out.append((char) ('0' + octet / 10 % 10));
      out.append((char) ('0' + octet % 10));
    } else {
      if (ESCAPED.indexOf(octet) >= 0) {
        out.append('\\');
      }
      out.append((char) octet);
    }
  }

  private byte[] parse() {
    while (read < text.length()) {
      char c = text.charAt(read++);
      if (c == '.') {
        endLabel();
      } else {
        put(c == '\\' ? escaped() : ascii(c));
      }
    }
    if (written > labelStart + 1) {
      endLabel();
    } else if (labelStart == 0) {
      throw bad("is empty");
    }
    // The byte that endLabel reserved for the next label's length is the root label.
    return Arrays.copyOf(wire, written);
  }

  private void endLabel() {
    int length = written - labelStart - 1;
    if (length == 0) {
      throw bad("has an empty label");
    }
    wire[labelStart] = (byte) length;
    labelStart = written;
    put(0);
  }

  private void put(int octet) {
    if (written == wire.length) {
      throw bad("is longer than 255 bytes");
    }
    if (written - labelStart > Octets.MAX_LABEL) {
      throw bad("has a label of more than 63 bytes");
    }
    wire[written++] = (byte) octet;
  }

  private int ascii(char c) {
    if (c <= ' ' || c > '~') {
      throw bad("has a character that must be escaped, or written in its xn-- form");
    }
    return c;
  }

  private int escaped() {
    if (read == text.length()) {
      throw bad("ends in a backslash");
    }
    char first = text.charAt(read++);
    if (first < '0' || first > '9') {
      return ascii(first);
    }
    int octet = first - '0';
    for (int i = 0; i < 2; i++) {
      int digit = read < text.length() ? text.charAt(read++) - '0' : -1;
      if (digit < 0 || digit > 9) {
        throw bad("has a backslash with fewer than three digits");
      }
      octet = octet * 10 + digit;
    }
    if (octet > 255) {
      throw bad("has an escape above \\255");
    }
    return octet;
  }

  private IllegalArgumentException bad(String what) {
    return new IllegalArgumentException("domain name '" + text + "' " + what);
  }
}
