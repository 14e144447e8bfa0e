// SPDX-License-Identifier: Apache-2.0
package io.anteroom.loadtest;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Options of a command, each followed by a whole number. */
record Options(Map<String, Integer> numbers) {

  /**
   * Reads them.
   *
   * @throws IllegalArgumentException if one is not known, or is no number
   */
  static Options of(String[] arguments, String... known) {
    Map<String, Integer> numbers = new HashMap<>();
    for (int i = 0; i < arguments.length; i += 2) {
      String number = i + 1 < arguments.length ? arguments[i + 1] : "";
      if (!List.of(known).contains(arguments[i]) || !number.matches("[0-9]{1,9}")) {
        throw new IllegalArgumentException(
            "options, each with a number: " + String.join(" ", known));
      }
      numbers.put(arguments[i], Integer.parseInt(number));
    }
    return new Options(numbers);
  }

  int number(String option, int otherwise) {
    return numbers.getOrDefault(option, otherwise);
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
