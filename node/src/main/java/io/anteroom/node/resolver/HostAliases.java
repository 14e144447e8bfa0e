// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.resolver;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The file named by the environment variable HOSTALIASES (hostname(7)). Each line has an alias
 * without dots and its name.
 */
record HostAliases(Map<String, String> names) {
  HostAliases {
    names = Map.copyOf(names);
  }

  static HostAliases parse(Stream<String> lines) {
    Map<String, String> names = new HashMap<>();
    lines
        .map(line -> line.strip().split("\\s+"))
        .filter(words -> words.length >= 2 && !words[0].startsWith("#"))
        .forEach(words -> names.putIfAbsent(words[0].toLowerCase(Locale.ROOT), words[1]));
    return new HostAliases(names);
  }

  /** The name for an alias; null if it is not an alias. */
  @Nullable String find(String name) {
    return names.get(name.toLowerCase(Locale.ROOT));
  }

  /** Whether a name can be an alias. */
  static boolean mayBe(String name) {
    return name.indexOf('.') < 0;
  }
}
