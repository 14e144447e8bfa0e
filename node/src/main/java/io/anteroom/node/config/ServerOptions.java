// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The options of a server after the question mark; every key must be read. Not thread-safe. */
record ServerOptions(Map<String, List<String>> values) {
  /**
   * Parses them.
   *
   * @throws IllegalArgumentException says what is wrong
   */
  static ServerOptions parse(String query, String text) {
    Map<String, List<String>> values = new LinkedHashMap<>();
    for (String pair : query.isEmpty() ? new String[0] : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals <= 0) {
        throw new IllegalArgumentException("must be KEY=VALUE behind the ? of \"" + text + "\"");
      }
      // A plus sign is literal here, as in base64, and not a blank.
      String value = pair.substring(equals + 1).replace("+", "%2B");
      values
          .computeIfAbsent(pair.substring(0, equals), key -> new ArrayList<>())
          .add(URLDecoder.decode(value, StandardCharsets.UTF_8));
    }
    return new ServerOptions(values);
  }

  boolean has(String key) {
    return values.containsKey(key);
  }

  List<String> all(String key) {
    List<String> found = values.remove(key);
    return found == null ? List.of() : found;
  }

  @Nullable String last(String key) {
    List<String> found = all(key);
    return found.isEmpty() ? null : found.get(found.size() - 1);
  }

  int number(String key, int fallback, int max) {
    String text = last(key);
    if (text == null) {
      return fallback;
    }
    if (text.matches("[0-9]{1,5}") && Integer.parseInt(text) >= 1) {
      int number = Integer.parseInt(text);
      if (number <= max) {
        return number;
      }
    }
    throw new IllegalArgumentException("%s must be 1 to %d, not \"%s\"".formatted(key, max, text));
  }

  void refuseRest(String text) {
    if (values.containsKey("domain")) {
      throw new IllegalArgumentException(
          "servers for a domain are a pool of their own, chosen by a rule: \"" + text + "\"");
    }
    values.keySet().stream()
        .findFirst()
        .ifPresent(
            key -> {
              throw new IllegalArgumentException(
                  ("doesn't know \"%s\" in \"%s\"; known are tcpport, hostname, pin, ca, weight,"
                          + " and for https address")
                      .formatted(key, text));
            });
  }
}
