// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import java.util.List;

/** The sources of addresses; c-ares writes their order as {@code "fb"}. */
public enum NameSource {
  /** The hosts file, {@code f}. */
  HOSTS_FILE,
  /** The DNS, {@code b}. */
  DNS;

  /**
   * Parses c-ares' {@code lookups}.
   *
   * @throws IllegalArgumentException if there is another letter in it, or none
   */
  static List<NameSource> parse(String letters) {
    if (letters.isEmpty()) {
      throw new IllegalArgumentException("lookups must be made of b and f");
    }
    return letters
        .chars()
        .mapToObj(
            letter ->
                switch (letter) {
                  case 'f' -> HOSTS_FILE;
                  case 'b' -> DNS;
                  default ->
                      throw new IllegalArgumentException(
                          "lookups must be made of b and f, not \"" + letters + "\"");
                })
        .distinct()
        .toList();
  }
}
