// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import com.typesafe.config.ConfigUtil;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Writes HOCON line by line, and remembers for each line which place in the operator's file has
 * caused it. Values are {@code String}, {@code Long}, {@code Integer}, {@code Double}, {@code
 * Boolean}, and a {@code List} or a {@code Map} of values.
 */
final class HoconText {
  private static final int WIDTH = 100;

  /** Texts that mean the same without quotes: words, and numbers with a unit. */
  private static final Pattern PLAIN =
      Pattern.compile("(?!(true|false|null|include)$)([A-Za-z][A-Za-z0-9-]*|[0-9]+(ms|s|m|h|d))");

  private static final Pattern PLAIN_KEY = Pattern.compile("[A-Za-z0-9_-]+");

  private final StringBuilder text = new StringBuilder();
  private final List<String> causes = new ArrayList<>();
  private String cause = "";
  private int depth;

  /** Sets the place that causes the lines that follow; empty if none does. */
  void because(String place) {
    cause = place;
  }

  /** Writes a line. */
  void line(String line) {
    text.append(line.isEmpty() ? "" : "  ".repeat(depth)).append(line).append('\n');
    causes.add(cause);
  }

  /** Writes a comment, in as many lines as it needs. */
  void comment(String comment) {
    int room = WIDTH - 2 * depth - 2;
    for (String paragraph : comment.split("\\R", -1)) {
      StringBuilder line = new StringBuilder();
      for (String word : paragraph.split(" ", -1)) {
        if (line.length() > 0 && line.length() + 1 + word.length() > room) {
          line("# " + line);
          line.setLength(0);
        }
        line.append(line.length() == 0 ? "" : " ").append(word);
      }
      line(("# " + line).strip());
    }
  }

  /** Begins a block or a list, with the line that opens it. */
  void open(String line) {
    line(line);
    depth++;
  }

  /** Ends a block or a list. */
  void close(String line) {
    depth--;
    line(line);
  }

  /** Writes a key with its value. */
  void set(String key, Object value) {
    String start = key(key) + (value instanceof Map ? " " : " = ");
    write(start, value);
  }

  /** Writes a value as an element of a list, with a comment at the end of a short one. */
  void element(Object value, String comment) {
    String inline = of(value);
    if (fits(inline)) {
      line(inline + (comment.isEmpty() ? "" : " # " + oneLine(comment)));
    } else {
      write("", value);
    }
  }

  private void write(String start, Object value) {
    String inline = start + of(value);
    if (fits(inline) || !(value instanceof Map || value instanceof List)) {
      line(inline);
    } else if (value instanceof Map<?, ?> map) {
      open(start + "{");
      map.forEach((key, element) -> set(String.valueOf(key), element));
      close("}");
    } else {
      open(start + "[");
      elements((List<?>) value);
      close("]");
    }
  }

  private void elements(List<?> values) {
    StringBuilder line = new StringBuilder();
    for (Object value : values) {
      String inline = of(value);
      boolean full = !fits(line + ", " + inline);
      if (line.length() > 0 && (full || value instanceof Map)) {
        line(line.toString());
        line.setLength(0);
      }
      if (value instanceof Map) {
        write("", value);
      } else {
        line.append(line.length() == 0 ? "" : ", ").append(inline);
      }
    }
    if (line.length() > 0) {
      line(line.toString());
    }
  }

  private boolean fits(String line) {
    return 2 * depth + line.length() <= WIDTH;
  }

  /** A value in one line. */
  static String of(Object value) {
    if (value instanceof Map<?, ?> map) {
      return map.isEmpty()
          ? "{}"
          : map.entrySet().stream()
              .map(
                  entry ->
                      key(String.valueOf(entry.getKey()))
                          + (entry.getValue() instanceof Map ? " " : " = ")
                          + of(entry.getValue()))
              .collect(Collectors.joining(", ", "{ ", " }"));
    } else if (value instanceof List<?> list) {
      return list.stream().map(HoconText::of).collect(Collectors.joining(", ", "[", "]"));
    } else if (value instanceof Boolean flag) {
      return flag ? "on" : "off";
    } else if (value instanceof Double number) {
      return new BigDecimal(String.valueOf(number)).stripTrailingZeros().toPlainString();
    } else if (value instanceof Long || value instanceof Integer) {
      return String.valueOf(value);
    } else if (value instanceof String word) {
      return PLAIN.matcher(word).matches() ? word : ConfigUtil.quoteString(word);
    }
    throw new IllegalArgumentException("HOCON has no " + value.getClass());
  }

  /** A key, in quotes if it needs them. */
  static String key(String key) {
    return PLAIN_KEY.matcher(key).matches() && !key.equals("include")
        ? key
        : ConfigUtil.quoteString(key);
  }

  /** A duration in its largest unit without a fraction, such as {@code 1h}. */
  static String millis(long millis) {
    long[] sizes = {86_400_000, 3_600_000, 60_000, 1_000};
    String[] units = {"d", "h", "m", "s"};
    for (int i = 0; i < sizes.length; i++) {
      if (millis > 0 && millis % sizes[i] == 0) {
        return millis / sizes[i] + units[i];
      }
    }
    return millis == 0 ? "0s" : millis + "ms";
  }

  /** The same for seconds. */
  static String seconds(long seconds) {
    return millis(1_000 * seconds);
  }

  /** A text without line breaks, for the end of a line. */
  static String oneLine(String text) {
    return text.replaceAll("\\R", " ");
  }

  /** All lines. */
  String text() {
    return text.toString();
  }

  /** For each line, the place that has caused it. */
  List<String> causes() {
    return List.copyOf(causes);
  }
}
