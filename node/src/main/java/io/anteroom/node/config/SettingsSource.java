// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Where settings come from: a file, a text or a resource in HOCON. Environment variables are put in
 * where the text says <code>${?NAME}</code>; system properties are not looked at.
 */
public final class SettingsSource {
  private static final ConfigParseOptions MUST_EXIST =
      ConfigParseOptions.defaults().setAllowMissing(false);

  private static final int MAX_TEXT = 64 << 10;
  private static final int MAX_DEPTH = 24;

  private SettingsSource() {}

  /**
   * Opens a file.
   *
   * @throws InvalidConfiguration if it can't be read, or is not HOCON
   */
  public static SettingsReader file(Path file) throws InvalidConfiguration {
    if (!Files.exists(file)) {
      throw new InvalidConfiguration(List.of(file + ": no such file"));
    }
    if (Files.isDirectory(file)) {
      throw new InvalidConfiguration(List.of(file + ": is a directory"));
    }
    if (!Files.isReadable(file)) {
      throw new InvalidConfiguration(List.of(file + ": can't be read, permission denied"));
    }
    return open(file.toString(), () -> ConfigFactory.parseFile(file.toFile(), MUST_EXIST));
  }

  /**
   * Opens a text that came over a network. It may be {@value #MAX_TEXT} characters long and have
   * blocks and lists within one another {@value #MAX_DEPTH} deep; it can't include anything, nor
   * refer to other values, the environment among them.
   *
   * @param name stands for the file in messages
   * @throws InvalidConfiguration if it is not such a text in HOCON
   */
  public static SettingsReader foreignText(String name, String text) throws InvalidConfiguration {
    if (text.length() > MAX_TEXT) {
      throw new InvalidConfiguration(
          List.of("%s: is longer than %d characters".formatted(name, MAX_TEXT)));
    } else if (depth(text) > MAX_DEPTH) {
      throw new InvalidConfiguration(
          List.of(
              "%s: has blocks or lists more than %d deep within one another"
                  .formatted(name, MAX_DEPTH)));
    }
    ConfigParseOptions options =
        MUST_EXIST.setOriginDescription(name).setIncluder(new NoIncludes());
    return open(
        name,
        () -> {
          Config parsed = ConfigFactory.parseString(text, options);
          if (!parsed.isResolved()) {
            throw new ConfigException.Generic("${...} can't be used here");
          }
          return parsed;
        });
  }

  /** How deep brackets stand within one another, those in quoted strings left out. */
  private static int depth(String text) {
    int depth = 0;
    int deepest = 0;
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted && c == '\\') {
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && (c == '{' || c == '[')) {
        deepest = Math.max(deepest, ++depth);
      } else if (!quoted && (c == '}' || c == ']')) {
        depth--;
      }
    }
    return deepest;
  }

  /**
   * Opens a text.
   *
   * @param name stands for the file in messages
   * @throws InvalidConfiguration if it is not HOCON
   */
  public static SettingsReader text(String name, String text) throws InvalidConfiguration {
    ConfigParseOptions options = MUST_EXIST.setOriginDescription(name);
    return open(name, () -> ConfigFactory.parseString(text, options));
  }

  /**
   * Opens a resource next to a class.
   *
   * @throws InvalidConfiguration if it is not HOCON
   */
  public static SettingsReader resource(ClassLoader loader, String name)
      throws InvalidConfiguration {
    return open(name, () -> ConfigFactory.parseResources(loader, name, MUST_EXIST));
  }

  /** What a text in HOCON, which has been read before, says under this key; empty if nothing. */
  public static String part(String text, String key) {
    ConfigValue value = ConfigFactory.parseString(text).root().get(key);
    return value == null ? "" : value.render(ConfigRenderOptions.concise().setJson(false));
  }

  private static SettingsReader open(String name, Parser parser) throws InvalidConfiguration {
    try {
      return new SettingsReader(parser.parse().resolve().root(), "", new Problems());
    } catch (ConfigException e) {
      Problems problems = new Problems();
      ConfigOrigin origin = e.origin();
      ConfigOrigin where = origin == null ? ConfigOriginFactory.newSimple(name) : origin;
      problems.add(where, reason(e, where));
      problems.throwIfAny();
      throw e;
    } catch (StackOverflowError e) {
      throw new InvalidConfiguration(
          List.of(name + ": has blocks or lists too deep within one another"));
    }
  }

  /** The message in one line, without the place that stands before it and the advice behind. */
  private static String reason(ConfigException e, ConfigOrigin where) {
    String message = String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
    String place = where.description() + ": ";
    String what = message.startsWith(place) ? message.substring(place.length()) : message;
    if (what.startsWith("expecting a close parentheses")) {
      // What the parser says at the end of a file, whatever is open there.
      return "a block is not closed";
    }
    int advice = what.indexOf(" (if you ");
    return advice < 0 ? what : what.substring(0, advice);
  }

  @FunctionalInterface
  private interface Parser {
    Config parse();
  }
}
