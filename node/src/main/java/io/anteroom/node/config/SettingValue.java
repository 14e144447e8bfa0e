// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * One value of the configuration, which is converted to the type that its reader requires. A value
 * of the wrong type or out of range is recorded as an error with file, line and path, and the
 * fallback takes its place. Used by {@link SettingsReader}, which knows the keys.
 *
 * @param path of the key, or of the element of a list
 */
record SettingValue(ConfigValue value, String path, Problems problems) {
  private static final int LONGEST_SHOWN = 60;
  private static final String KEY = "value";

  /** Parses a text; the parser's IllegalArgumentException becomes the error. */
  <T> T parsed(T fallback, Function<String, T> parser) {
    List<T> parsed = new ArrayList<>(1);
    parse(parser, parsed);
    return parsed.isEmpty() ? fallback : parsed.get(0);
  }

  /** Parses a list of texts, or a single text; invalid ones are recorded and skipped. */
  <T> List<T> list(Function<String, T> parser) {
    List<T> all = new ArrayList<>();
    if (value instanceof ConfigList list) {
      elements(list).forEach(element -> element.parse(parser, all));
    } else {
      parse(parser, all);
    }
    return all;
  }

  private <T> void parse(Function<String, T> parser, List<T> to) {
    if (value.valueType() == ConfigValueType.OBJECT || value.valueType() == ConfigValueType.LIST) {
      error("must be a text, not " + shown());
      return;
    }
    try {
      to.add(parser.apply(text()));
    } catch (IllegalArgumentException e) {
      error(String.valueOf(e.getMessage()));
    }
  }

  int integer(int fallback, int min, int max) {
    long number;
    try {
      number = Long.parseLong(text());
    } catch (NumberFormatException e) {
      error("must be a whole number, not " + shown());
      return fallback;
    }
    return inRange(number, min, max) ? (int) number : fallback;
  }

  /** A number with a fraction. */
  double number(double fallback, double min, double max) {
    return parsed(
        fallback,
        text -> {
          double number;
          try {
            number = Double.parseDouble(text);
          } catch (NumberFormatException e) {
            throw new IllegalArgumentException("must be a number, not " + quote(text), e);
          }
          if (!(number >= min && number <= max)) {
            throw new IllegalArgumentException("must be " + min + " to " + max + ", not " + text);
          }
          return number;
        });
  }

  /** A number of bytes, such as {@code 512k} or {@code 4MiB}. */
  long size(long fallback, long min, long max) {
    long bytes;
    try {
      bytes = value.atKey(KEY).getBytes(KEY);
    } catch (ConfigException e) {
      error("must be a size such as 512k or 4MiB, not " + shown());
      return fallback;
    }
    return inRange(bytes, min, max) ? bytes : fallback;
  }

  /** A duration with a unit, such as {@code 500ms}; 0 needs no unit. */
  Duration duration(Duration fallback, Duration min, Duration max) {
    Duration duration;
    try {
      if (text().matches("0*[-+1-9.][0-9.]*")) {
        throw new ConfigException.BadValue(path, "no unit");
      }
      duration = value.atKey(KEY).getDuration(KEY);
    } catch (ConfigException e) {
      error("must be a duration such as 500ms or 2s, not " + shown());
      return fallback;
    }
    if (duration.compareTo(min) < 0 || duration.compareTo(max) > 0) {
      error("must be " + Words.of(min) + " to " + Words.of(max) + ", not " + shown());
      return fallback;
    }
    return duration;
  }

  /** {@code on} or {@code off}; also true, false, yes, no. */
  boolean flag(boolean fallback) {
    return parsed(
        fallback,
        text ->
            switch (text) {
              case "on", "true", "yes" -> true;
              case "off", "false", "no" -> false;
              default ->
                  throw new IllegalArgumentException("must be on or off, not " + quote(text));
            });
  }

  /** The value of one of these words. */
  <T> T word(T fallback, Map<String, T> words) {
    return parsed(
        fallback,
        text -> {
          T meant = words.get(text.toLowerCase(Locale.ROOT));
          if (meant == null) {
            throw new IllegalArgumentException(SettingsReader.unknown(text, words.keySet()));
          }
          return meant;
        });
  }

  /** A block; an empty one at the same place if it is something else. */
  ConfigObject block() {
    if (value instanceof ConfigObject block) {
      return block;
    }
    error("must be a block { ... }, not " + shown());
    return emptyBlock(value.origin());
  }

  /** The elements of a list that should contain blocks; none if it is no list. */
  List<SettingValue> blocks() {
    if (value instanceof ConfigList list) {
      return elements(list);
    }
    error("must be a list of blocks, not " + shown());
    return List.of();
  }

  static ConfigObject emptyBlock(ConfigOrigin origin) {
    return ConfigFactory.empty().root().withOrigin(origin);
  }

  private List<SettingValue> elements(ConfigList list) {
    List<SettingValue> elements = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      elements.add(new SettingValue(list.get(i), path + "[" + i + "]", problems));
    }
    return elements;
  }

  private boolean inRange(long number, long min, long max) {
    if (number < min || number > max) {
      error("must be " + min + " to " + max + ", not " + number);
      return false;
    }
    return true;
  }

  private void error(String what) {
    problems.add(value.origin(), path + ": " + what);
  }

  private String text() {
    return String.valueOf(value.unwrapped());
  }

  private String shown() {
    String text = value.render(ConfigRenderOptions.concise());
    return text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "...";
  }

  private static String quote(String text) {
    return ConfigUtil.quoteString(text);
  }
}
