// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
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
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads one block of the configuration strictly. A value that is missing, of the wrong type or out
 * of range ({@link SettingValue}) is recorded as an error with file, line and path, and reading
 * continues with the fallback, so that one run finds all errors. {@link #finish} then records keys
 * that were never read, and throws if there are errors. Not thread-safe.
 */
public final class SettingsReader {
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
    SettingValue value = setting(key);
    return value == null ? fallback : value.parsed(fallback, parser);
  }

  /** Reads a list of texts, or a single text; invalid ones are recorded and skipped. */
  public <T> List<T> list(String key, Supplier<List<T>> fallback, Function<String, T> parser) {
    SettingValue value = setting(key);
    return value == null ? fallback.get() : value.list(parser);
  }

  public int integer(String key, int fallback, int min, int max) {
    SettingValue value = setting(key);
    return value == null ? fallback : value.integer(fallback, min, max);
  }

  /** Reads a number with a fraction. */
  public double number(String key, double fallback, double min, double max) {
    SettingValue value = setting(key);
    return value == null ? fallback : value.number(fallback, min, max);
  }

  /** Reads a number of bytes, such as {@code 512k} or {@code 4MiB}. */
  public int size(String key, int fallback, int min, int max) {
    return (int) size(key, (long) fallback, min, max);
  }

  /** Reads a number of bytes that may exceed 2 GiB. */
  public long size(String key, long fallback, long min, long max) {
    SettingValue value = setting(key);
    return value == null ? fallback : value.size(fallback, min, max);
  }

  /** Reads a duration with a unit, such as {@code 500ms}; 0 needs no unit. */
  public Duration duration(String key, Duration fallback, Duration min, Duration max) {
    SettingValue value = setting(key);
    return value == null ? fallback : value.duration(fallback, min, max);
  }

  /** Reads {@code on} or {@code off}; also true, false, yes, no. */
  public boolean flag(String key, boolean fallback) {
    SettingValue value = setting(key);
    return value == null ? fallback : value.flag(fallback);
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
    SettingValue value = setting(key);
    return value == null ? fallback : value.word(fallback, words);
  }

  /** The block of the key; an empty one if it is not set. */
  public SettingsReader block(String key) {
    SettingsReader known = children.get(key);
    if (known != null) {
      return known;
    }
    SettingValue value = setting(key);
    ConfigObject block = value == null ? SettingValue.emptyBlock(object.origin()) : value.block();
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
    SettingValue value = setting(key);
    List<SettingValue> elements = value == null ? List.of() : value.blocks();
    List<SettingsReader> blocks = new ArrayList<>();
    for (int i = 0; i < elements.size(); i++) {
      SettingValue element = elements.get(i);
      SettingsReader known = children.get(key + "[" + i + "]");
      blocks.add(
          known != null ? known : child(key + "[" + i + "]", element.block(), element.path()));
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
    return "unknown: " + ConfigUtil.quoteString(word) + Words.hint(word, known);
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

  private @Nullable SettingValue setting(String key) {
    ConfigValue value = value(key);
    return value == null ? null : new SettingValue(value, pathOf(key), problems);
  }

  private SettingsReader child(String name, ConfigObject block, String at) {
    SettingsReader child = new SettingsReader(block, at, problems);
    children.put(name, child);
    return child;
  }

  private String pathOf(String key) {
    String plain = key.matches("[A-Za-z0-9_-]+") ? key : ConfigUtil.quoteString(key);
    return path.isEmpty() ? plain : path + "." + plain;
  }
}
