// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.netty.util.NetUtil;
import java.net.IDN;
import java.net.InetAddress;
import java.util.Locale;

/**
 * The name or address of a server, as it stands in the server's certificate and is sent to it (SNI,
 * {@code :authority}): lower case, in ASCII, without a final dot, an address without brackets.
 */
public final class ServerHost {
  private static final int MAX_NAME = 253;
  private static final int MAX_LABEL = 63;

  /**
   * Letters that IDNA 2003, which Java implements, converts differently from IDNA 2008, which
   * browsers use (RFC 5894 section 7.2).
   */
  private static final String AMBIGUOUS = "\u00df\u03c2\u200c\u200d";

  private ServerHost() {}

  /** The text of an address. */
  public static String of(InetAddress address) {
    return NetUtil.toAddressString(address);
  }

  /**
   * Parses a name or an address as people write it.
   *
   * @throws IllegalArgumentException says what is wrong
   */
  public static String parse(String text) {
    boolean bracketed = text.startsWith("[") && text.endsWith("]");
    String bare = bracketed ? text.substring(1, text.length() - 1) : text;
    if (NetUtil.isValidIpV4Address(bare) || NetUtil.isValidIpV6Address(bare)) {
      return of(Addresses.literal(bare));
    }
    String name = ascii(text).toLowerCase(Locale.ROOT);
    String relative = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    if (!isName(relative)) {
      throw new IllegalArgumentException("no name of a server: \"" + text + "\"");
    }
    return relative;
  }

  private static String ascii(String text) {
    if (text.chars().anyMatch(c -> AMBIGUOUS.indexOf(c) >= 0)) {
      throw new IllegalArgumentException(
          "\"" + text + "\" can be read as two names; write the one in its xn-- form");
    }
    try {
      return IDN.toASCII(text, IDN.ALLOW_UNASSIGNED);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("no name of a server: \"" + text + "\"", e);
    }
  }

  /** A name whose last label is a number would be taken for an address by some. */
  private static boolean isName(String name) {
    String[] labels = name.split("\\.", -1);
    for (String label : labels) {
      if (label.length() > MAX_LABEL || !label.matches("[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?")) {
        return false;
      }
    }
    return name.length() <= MAX_NAME && !labels[labels.length - 1].matches("[0-9]+");
  }
}
