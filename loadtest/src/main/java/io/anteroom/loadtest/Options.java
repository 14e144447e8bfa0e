// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Options of a command, each followed by its value, most often a whole number. */
record Options(Map<String, String> values) {

  /**
   * Reads them.
   *
   * @throws IllegalArgumentException if one is not known, or has no value
   */
  static Options of(String[] arguments, String... known) {
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < arguments.length; i += 2) {
      if (!List.of(known).contains(arguments[i]) || i + 1 == arguments.length) {
        throw new IllegalArgumentException(
            "options, each with a value: " + String.join(" ", known));
      }
      values.put(arguments[i], arguments[i + 1]);
    }
    return new Options(values);
  }

  String word(String option, String otherwise) {
    return values.getOrDefault(option, otherwise);
  }

  /**
   * A whole number.
   *
   * @throws IllegalArgumentException if the value is something else
   */
  int number(String option, int otherwise) {
    String value = word(option, Integer.toString(otherwise));
    if (!value.matches("[0-9]{1,9}")) {
      throw new IllegalArgumentException(option + " needs a whole number, not " + value);
    }
    return Integer.parseInt(value);
  }

  /** One that can't be 0. */
  int positive(String option, int otherwise) {
    int number = number(option, otherwise);
    if (number == 0) {
      throw new IllegalArgumentException(option + " can't be 0");
    }
    return number;
  }
}
