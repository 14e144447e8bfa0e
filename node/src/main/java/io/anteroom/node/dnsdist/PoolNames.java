// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.config.PoolSettings;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The names of pools. In a dnsdist file the default pool has an empty name, and a name may have any
 * characters. Most names are the same here; the others get the prefix {@code pool.}.
 */
final class PoolNames {
  private static final String PREFIX = "pool.";
  private static final Pattern VALID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");
  private static final HexFormat HEX = HexFormat.of();

  private PoolNames() {}

  /** The name of a pool in the configuration of the node. */
  static String ours(String theirs) {
    if (theirs.isEmpty()) {
      return PoolSettings.DEFAULT;
    } else if (VALID.matcher(theirs).matches()
        && !theirs.equals(PoolSettings.DEFAULT)
        && !theirs.startsWith(PREFIX)) {
      return theirs;
    }
    StringBuilder name = new StringBuilder(PREFIX);
    for (byte octet : theirs.getBytes(StandardCharsets.UTF_8)) {
      boolean same = isLetterOrDigit(octet) || octet == '.' || octet == '-';
      name.append(same ? String.valueOf((char) octet) : "_" + HEX.toHexDigits(octet));
    }
    return name.toString();
  }

  /** The name of a pool in the file, for a name that {@link #ours} has returned. */
  static String theirs(String ours) {
    if (ours.equals(PoolSettings.DEFAULT)) {
      return "";
    } else if (!ours.startsWith(PREFIX)) {
      return ours;
    }
    String text = ours.substring(PREFIX.length());
    byte[] octets = new byte[text.length()];
    int length = 0;
    for (int i = 0; i < text.length(); i++) {
      boolean escaped = text.charAt(i) == '_' && i + 2 < text.length();
      octets[length++] =
          escaped ? (byte) HexFormat.fromHexDigits(text, i + 1, i + 3) : (byte) text.charAt(i);
      i += escaped ? 2 : 0;
    }
    return new String(octets, 0, length, StandardCharsets.UTF_8);
  }

  private static boolean isLetterOrDigit(byte octet) {
    return (octet >= '0' && octet <= '9')
        || (octet >= 'A' && octet <= 'Z')
        || (octet >= 'a' && octet <= 'z');
  }
}
