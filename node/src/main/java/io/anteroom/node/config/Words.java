// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** The spelling of words in the configuration, and hints for misspelt ones. */
public final class Words {
  private Words() {}

  /** The word for an enum constant: {@code CACHE_MISS} is {@code cache-miss}. */
  public static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The text of a duration: {@code 500ms}, {@code 2s}, {@code 1h}. */
  public static String of(Duration duration) {
    long millis = duration.toMillis();
    if (millis % 3_600_000 == 0 && millis > 0) {
      return millis / 3_600_000 + "h";
    }
    if (millis % 60_000 == 0 && millis > 0) {
      return millis / 60_000 + "m";
    }
    return millis % 1_000 == 0 ? millis / 1_000 + "s" : millis + "ms";
  }

  /**
   * A hint for the end of a message: the nearest of the words, or otherwise all of them if there
   * are few.
   */
  static String hint(String wrong, Collection<String> known) {
    Optional<String> nearest =
        known.stream()
            .filter(word -> distance(wrong, word) <= near(wrong, word))
            .min(Comparator.comparingInt(word -> distance(wrong, word)));
    if (nearest.isPresent()) {
      return "; did you mean \"" + nearest.get() + "\"?";
    }
    return known.isEmpty() || known.size() > 40 ? "" : "; known are " + String.join(", ", known);
  }

  private static int near(String wrong, String word) {
    return Math.max(1, Math.max(wrong.length(), word.length()) / 3);
  }

  /** The edit distance of two words. */
  private static int distance(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[to.length()];
  }
}
