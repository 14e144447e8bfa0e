// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.zone;

import io.anteroom.node.wire.WireName;
import java.net.IDN;

/** Parses host names as people write them, possibly in Unicode. */
public final class HostName {
  /**
   * Letters that IDNA 2003, which Java implements, converts differently from IDNA 2008, which
   * browsers use (RFC 5894 section 7.2).
   */
  private static final String AMBIGUOUS = "\u00df\u03c2\u200c\u200d";

  /** The longest text of a name, with all bytes as escapes of four characters. */
  private static final int LONGEST = 4 * 255;

  private HostName() {}

  /**
   * Parses a host name of letters, digits, hyphens and underscores. Unicode names are converted to
   * their {@code xn--} form.
   *
   * @throws IllegalArgumentException if the text is not a host name but, for example, a rule, a URL
   *     or an address
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
   * The {@code xn--} form of a name (RFC 3490); an ASCII name is returned unchanged.
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
