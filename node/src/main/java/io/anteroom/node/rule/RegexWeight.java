// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Estimates the size of a regular expression after expanding its counted repetitions, without
 * expanding them. RE2/J expands them, so the short {@code ((x{1000}){1000}){1000}} would need too
 * much memory. For one expression.
 */
final class RegexWeight {
  private static final Pattern COUNT = Pattern.compile("\\{(\\d{1,4})(,(\\d{0,4}))?\\}");

  private final String regex;
  private final Deque<Long> outer = new ArrayDeque<>();
  private long sum;
  private long last;
  private int at;

  private RegexWeight(String regex) {
    this.regex = regex;
  }

  /**
   * The approximate number of instructions of the expression; at least a third of the real number.
   */
  static long of(String regex) {
    return new RegexWeight(regex).weigh();
  }

  private long weigh() {
    for (at = 0; at < regex.length(); at++) {
      switch (regex.charAt(at)) {
        case '\\' -> escape();
        case '[' -> characters();
        case '(' -> {
          outer.push(sum);
          sum = 0;
        }
        case ')' -> {
          long group = sum + 2;
          sum = outer.isEmpty() ? 0 : outer.pop();
          item(group);
        }
        case '{' -> repetition();
        case '*', '+', '?', '|' -> sum++;
        default -> item(1);
      }
    }
    return sum + outer.stream().mapToLong(Long::longValue).sum();
  }

  private void item(long weight) {
    last = weight;
    sum += weight;
  }

  /** Skips an escape, including the braces of \x{41} and \p{Greek}. */
  private void escape() {
    at++;
    if (at + 1 < regex.length() && regex.charAt(at + 1) == '{') {
      char escaped = regex.charAt(at);
      int end = regex.indexOf('}', at);
      if (end > 0 && (escaped == 'x' || escaped == 'p' || escaped == 'P')) {
        at = end;
      }
    }
    item(1);
  }

  private void characters() {
    int next = at + 1;
    if (next < regex.length() && regex.charAt(next) == '^') {
      next++;
    }
    // A bracket in the first position is a literal character.
    next++;
    while (next < regex.length() && regex.charAt(next) != ']') {
      next += regex.charAt(next) == '\\' ? 2 : 1;
    }
    at = Math.min(next, regex.length());
    item(1);
  }

  private void repetition() {
    Matcher count = COUNT.matcher(regex).region(at, regex.length());
    if (!count.lookingAt()) {
      item(1);
      return;
    }
    String most = count.group(3);
    long times = Long.parseLong(most == null || most.isEmpty() ? count.group(1) : most);
    sum += last * Math.max(0, times - 1);
    last *= Math.max(1, times);
    at = count.end() - 1;
    if (sum < 0 || last < 0 || sum > Integer.MAX_VALUE) {
      sum = Integer.MAX_VALUE;
      last = Integer.MAX_VALUE;
    }
  }
}
