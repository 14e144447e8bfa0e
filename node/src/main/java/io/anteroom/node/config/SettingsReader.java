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
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads one block of the configuration strictly. A value that is missing, of the wrong type or out
 * of range is recorded as an error with file, line and path, and reading continues with the
 * fallback, so that one run finds all errors. {@link #finish} then records keys that were never
 * read, and throws if there are errors. Not thread-safe.
 */
public final class SettingsReader {
  private static final int LONGEST_SHOWN = 60;

  private final ConfigObject object;
  private final String path;
  private final Problems problems;
  private final Set<String> asked = new TreeSet<>();
  private final Map<String, SettingsReader> children = new LinkedHashMap<>();

  SettingsReader(ConfigObject object, String path, Problems problems) {
    this.object = object;
    this.path = path;
    this.problems = problems;
  }

  /** Whether the key is set and not null. */
  public boolean has(String key) {
    return value(key) != null;
  }

  /**
   * Whether a key is set that must not be; the caller says why. Unlike {@link #has}, this does not
   * make the key one that is suggested for unknown keys.
   */
  boolean isWrong(String key) {
    return object.containsKey(key) && has(key);
  }

  /** Whether the value is a block, for keys that also accept a word. */
  public boolean isBlock(String key) {
    ConfigValue value = value(key);
    return value != null && value.valueType() == ConfigValueType.OBJECT;
  }

  /** Whether the value is a list, for keys that also accept a word. */
  public boolean isList(String key) {
    ConfigValue value = value(key);
    return value != null && value.valueType() == ConfigValueType.LIST;
  }

  /** Whether the value is an empty list. */
  public boolean isEmptyList(String key) {
    return value(key) instanceof ConfigList list && list.isEmpty();
  }

  /** Records an error if the key is missing. */
  public boolean require(String key) {
    if (!has(key)) {
      problems.add(object.origin(), pathOf(key) + ": is missing");
      return false;
    }
    return true;
  }

  /** Records an error for each missing key; true if none is missing. */
  boolean requireAll(String... keys) {
    return Arrays.stream(keys).filter(key -> !require(key)).count() == 0;
  }

  /** Records an error at the key, or at this block if the key is missing. */
  public void error(String key, String what) {
    ConfigValue value = object.get(key);
    problems.add(value == null ? object.origin() : value.origin(), pathOf(key) + ": " + what);
  }

  /** Records an error at this block. */
  public void error(String what) {
    problems.add(object.origin(), path + ": " + what);
  }

  public String text(String key, String fallback) {
    return parsed(key, fallback, text -> text);
  }

  /** Reads a text with this parser; its IllegalArgumentException becomes the error. */
  public <T> T parsed(String key, T fallback, Function<String, T> parser) {
    ConfigValue value = value(key);
    if (value == null) {
      return fallback;
    }
    List<T> parsed = new ArrayList<>(1);
    parse(value, pathOf(key), parser, parsed);
    return parsed.isEmpty() ? fallback : parsed.get(0);
  }

  /** Reads a list of texts, or a single text; invalid ones are recorded and skipped. */
  public <T> List<T> list(String key, Supplier<List<T>> fallback, Function<String, T> parser) {
    ConfigValue value = value(key);
    if (value == null) {
      return fallback.get();
    }
    List<T> all = new ArrayList<>();
    if (value instanceof ConfigList list) {
      for (int i = 0; i < list.size(); i++) {
        parse(list.get(i), pathOf(key) + "[" + i + "]", parser, all);
      }
    } else {
      parse(value, pathOf(key), parser, all);
    }
    return all;
  }

  public int integer(String key, int fallback, int min, int max) {
    ConfigValue value = value(key);
    if (value == null) {
      return fallback;
    }
    long number;
    try {
      number = Long.parseLong(String.valueOf(value.unwrapped()));
    } catch (NumberFormatException e) {
      error(key, "must be a whole number, not " + shown(value));
      return fallback;
    }
    return inRange(key, number, min, max) ? (int) number : fallback;
  }

  /** Reads a number with a fraction. */
  public double number(String key, double fallback, double min, double max) {
    return parsed(
        key,
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

  /** Reads a number of bytes, such as {@code 512k} or {@code 4MiB}. */
  public int size(String key, int fallback, int min, int max) {
    return (int) size(key, (long) fallback, min, max);
  }

  /** Reads a number of bytes that may exceed 2 GiB. */
  public long size(String key, long fallback, long min, long max) {
    ConfigValue value = value(key);
    if (value == null) {
      return fallback;
    }
    long bytes;
    try {
      bytes = object.toConfig().getBytes(ConfigUtil.joinPath(key));
    } catch (ConfigException e) {
      error(key, "must be a size such as 512k or 4MiB, not " + shown(value));
      return fallback;
    }
    return inRange(key, bytes, min, max) ? bytes : fallback;
  }

  /** Reads a duration with a unit, such as {@code 500ms}; 0 needs no unit. */
  public Duration duration(String key, Duration fallback, Duration min, Duration max) {
    ConfigValue value = value(key);
    if (value == null) {
      return fallback;
    }
    Duration duration;
    try {
      if (String.valueOf(value.unwrapped()).matches("0*[-+1-9.][0-9.]*")) {
        throw new ConfigException.BadValue(key, "no unit");
      }
      duration = object.toConfig().getDuration(ConfigUtil.joinPath(key));
    } catch (ConfigException e) {
      error(key, "must be a duration such as 500ms or 2s, not " + shown(value));
      return fallback;
    }
    if (duration.compareTo(min) < 0 || duration.compareTo(max) > 0) {
      error(key, "must be " + Words.of(min) + " to " + Words.of(max) + ", not " + shown(value));
      return fallback;
    }
    return duration;
  }

  /** Reads {@code on} or {@code off}; also true, false, yes, no. */
  public boolean flag(String key, boolean fallback) {
    return parsed(
        key,
        fallback,
        text ->
            switch (text) {
              case "on", "true", "yes" -> true;
              case "off", "false", "no" -> false;
              default ->
                  throw new IllegalArgumentException("must be on or off, not " + quote(text));
            });
  }

  /** Reads a constant of an enum, as a word in lower case with hyphens. */
  public <E extends Enum<E>> E word(String key, E fallback) {
    Map<String, E> words = new LinkedHashMap<>();
    for (E constant : fallback.getDeclaringClass().getEnumConstants()) {
      words.put(Words.of(constant), constant);
    }
    return word(key, fallback, words);
  }

  /** Reads one of these words; returns its value. */
  public <T> T word(String key, T fallback, Map<String, T> words) {
    return parsed(
        key,
        fallback,
        text -> {
          T meant = words.get(text.toLowerCase(Locale.ROOT));
          if (meant == null) {
            throw new IllegalArgumentException(unknown(text, words.keySet()));
          }
          return meant;
        });
  }

  /** The block of the key; an empty one if it is not set. */
  public SettingsReader block(String key) {
    SettingsReader known = children.get(key);
    if (known != null) {
      return known;
    }
    ConfigValue value = value(key);
    ConfigObject block = value == null ? emptyAt(object.origin()) : asObject(value, pathOf(key));
    return child(key, block, pathOf(key));
  }

  /** The blocks inside the block of the key, by name, in the order of the file. */
  public Map<String, SettingsReader> namedBlocks(String key) {
    SettingsReader parent = block(key);
    Map<String, SettingsReader> blocks = new LinkedHashMap<>();
    parent.object.entrySet().stream()
        .sorted(
            Comparator.comparingInt(
                    (Map.Entry<String, ConfigValue> e) -> e.getValue().origin().lineNumber())
                .thenComparing(Map.Entry::getKey))
        .forEach(e -> blocks.put(e.getKey(), parent.block(e.getKey())));
    return blocks;
  }

  /** The blocks in the list of the key. */
  public List<SettingsReader> blocks(String key) {
    ConfigValue value = value(key);
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof ConfigList list)) {
      error(key, "must be a list of blocks, not " + shown(value));
      return List.of();
    }
    List<SettingsReader> blocks = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      String at = pathOf(key) + "[" + i + "]";
      SettingsReader known = children.get(key + "[" + i + "]");
      blocks.add(known != null ? known : child(key + "[" + i + "]", asObject(list.get(i), at), at));
    }
    return blocks;
  }

  /** Records a warning about a valid but probably unintended value. */
  public void warn(String key, String what) {
    ConfigValue value = object.get(key);
    problems.warn(value == null ? object.origin() : value.origin(), pathOf(key) + ": " + what);
  }

  /** The warnings, each with file, line and path. */
  public List<String> warnings() {
    return problems.warnings();
  }

  /**
   * Records keys that were never read, in this block and in blocks inside it.
   *
   * @throws InvalidConfiguration if anything was noted since the configuration was opened
   */
  public void finish() throws InvalidConfiguration {
    noteUnknownKeys();
    problems.throwIfAny();
  }

  /**
   * Throws if there are errors; ignores keys that were never read.
   *
   * @throws InvalidConfiguration if anything was noted since the configuration was opened
   */
  public void throwIfWrong() throws InvalidConfiguration {
    problems.throwIfAny();
  }

  /** The message for an unknown word. */
  public static String unknown(String word, Set<String> known) {
    return "unknown: " + quote(word) + Words.hint(word, known);
  }

  /** The block as one line that can be parsed again. */
  public String rendered() {
    return object.render(ConfigRenderOptions.concise());
  }

  /** The block as one line for another reader; this reader does not check its keys. */
  public String handedOn() {
    asked.addAll(object.keySet());
    return rendered();
  }

  private void noteUnknownKeys() {
    for (String key : object.keySet()) {
      if (!asked.contains(key)) {
        error(key, "unknown key" + Words.hint(key, asked));
      }
    }
    children.values().forEach(SettingsReader::noteUnknownKeys);
  }

  private @Nullable ConfigValue value(String key) {
    asked.add(key);
    ConfigValue value = object.get(key);
    return value == null || value.valueType() == ConfigValueType.NULL ? null : value;
  }

  private SettingsReader child(String name, ConfigObject block, String at) {
    SettingsReader child = new SettingsReader(block, at, problems);
    children.put(name, child);
    return child;
  }

  private ConfigObject asObject(ConfigValue value, String at) {
    if (value instanceof ConfigObject block) {
      return block;
    }
    problems.add(value.origin(), at + ": must be a block { ... }, not " + shown(value));
    return emptyAt(value.origin());
  }

  private <T> void parse(ConfigValue value, String at, Function<String, T> parser, List<T> to) {
    if (value.valueType() == ConfigValueType.OBJECT || value.valueType() == ConfigValueType.LIST) {
      problems.add(value.origin(), at + ": must be a text, not " + shown(value));
      return;
    }
    try {
      to.add(parser.apply(String.valueOf(value.unwrapped())));
    } catch (IllegalArgumentException e) {
      problems.add(value.origin(), at + ": " + e.getMessage());
    }
  }

  private boolean inRange(String key, long number, long min, long max) {
    if (number < min || number > max) {
      error(key, "must be " + min + " to " + max + ", not " + number);
      return false;
    }
    return true;
  }

  private String pathOf(String key) {
    String plain = key.matches("[A-Za-z0-9_-]+") ? key : ConfigUtil.quoteString(key);
    return path.isEmpty() ? plain : path + "." + plain;
  }

  private static ConfigObject emptyAt(ConfigOrigin origin) {
    return ConfigFactory.empty().root().withOrigin(origin);
  }

  private static String shown(ConfigValue value) {
    String text = value.render(ConfigRenderOptions.concise());
    return text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "...";
  }

  private static String quote(String text) {
    return ConfigUtil.quoteString(text);
  }
}
