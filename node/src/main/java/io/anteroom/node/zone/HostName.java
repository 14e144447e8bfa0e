// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.wire.WireName;
import java.net.IDN;

/** Names as people write them into files: in the letters of any language. */
public final class HostName {
  /**
   * Letters that two versions of the standard read differently: IDNA 2003, which Java has, would
   * make another name of them than browsers do (RFC 5894 section 7.2).
   */
  private static final String AMBIGUOUS = "\u00df\u03c2\u200c\u200d";

  /** No name is longer, not even if each of its bytes is written as an escape of four letters. */
  private static final int LONGEST = 4 * 255;

  private HostName() {}

  /**
   * The name of a host: of letters, digits, hyphens and underscores. What has other letters is
   * taken in its {@code xn--} form.
   *
   * @throws IllegalArgumentException if it is none; a rule, a URL or an address is none either
   */
  public static WireName parse(String text) {
    String ascii = toAscii(text);
    for (int i = 0; i < ascii.length(); i++) {
      if (!isHostLetter(ascii.charAt(i))) {
        throw new IllegalArgumentException("\"" + text + "\" is no name of a host");
      }
    }
    return WireName.parse(ascii);
  }

  /**
   * The name in its {@code xn--} form (RFC 3490), or as it is if it is in ASCII.
   *
   * @throws IllegalArgumentException if it has no such form
   */
  public static String toAscii(String text) {
    if (text.length() > LONGEST) {
      throw new IllegalArgumentException("\"" + text + "\" is too long for a name");
    }
    boolean ascii = true;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      ascii &= c < 0x80;
      if (AMBIGUOUS.indexOf(c) >= 0) {
        throw new IllegalArgumentException(
            "\"" + text + "\" can be read as two names; write the one in its xn-- form");
      }
    }
    if (ascii) {
      return text;
    }
    try {
      return IDN.toASCII(text, IDN.ALLOW_UNASSIGNED);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("\"" + text + "\" is no domain name", e);
    }
  }

  private static boolean isHostLetter(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_'
        || c == '.';
  }
}
