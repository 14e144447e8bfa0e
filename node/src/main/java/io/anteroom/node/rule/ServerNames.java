// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.config.IdentitySource;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A set of server names. {@code *.dns.example} stands for all names below {@code dns.example}. A
 * look-up takes as long as the name has labels. Immutable.
 */
final class ServerNames {
  private static final String BELOW = "*.";

  private final Set<String> exact = new HashSet<>();
  private final Set<String> below = new HashSet<>();

  private ServerNames() {}

  static ServerNames of(List<String> patterns) {
    ServerNames names = new ServerNames();
    for (String pattern : patterns) {
      if (pattern.startsWith(BELOW)) {
        names.below.add(pattern.substring(BELOW.length()));
      } else {
        names.exact.add(pattern);
      }
    }
    return names;
  }

  /**
   * Reads a name or pattern.
   *
   * @throws IllegalArgumentException if it is none
   */
  static String pattern(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    String name = lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    String plain = name.startsWith(BELOW) ? name.substring(BELOW.length()) : name;
    if (!IdentitySource.isHostName(plain)) {
      throw new IllegalArgumentException(
          "must be a host name, or *. and one for all names below it, not \"" + text + "\"");
    }
    return name;
  }

  /** Whether the set contains this name, which is in lower case and without a final dot. */
  boolean contain(String name) {
    if (name.isEmpty()) {
      return false;
    } else if (exact.contains(name)) {
      return true;
    }
    for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      if (below.contains(name.substring(dot + 1))) {
        return true;
      }
    }
    return false;
  }
}
