// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigValue;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Opens settings from a file, a text or a resource in HOCON. All are read with the limits of {@link
 * Outline}, and a key that is set twice is an error.
 *
 * <p>A file of the operator may include other files and use environment variables with <code>
 * ${?NAME}</code>; system properties are ignored. Text from elsewhere is plain: it has neither
 * substitutions nor includes, so it can't reveal the environment and files of the node, nor expand
 * beyond its own length.
 */
public final class SettingsSource {
  /** The maximum length of a configuration; lists of names are separate files. */
  static final int MAX_BYTES = 16 << 20;

  private SettingsSource() {}

  /**
   * Opens a file of the operator.
   *
   * @throws InvalidConfiguration if it can't be read or is not HOCON
   */
  public static SettingsReader file(Path file) throws InvalidConfiguration {
    String text = read(file);
    return open(file.toString(), problems -> parse(file, text, problems, 0).resolve());
  }

  /**
   * Opens a file that the node wrote, like {@link #plain}.
   *
   * @throws InvalidConfiguration if it can't be read, or is not plain
   */
  public static SettingsReader plainFile(Path file) throws InvalidConfiguration {
    return plain(file.toString(), read(file));
  }

  /**
   * Opens a text of the operator, without includes.
   *
   * @param name stands for the file in messages
   * @throws InvalidConfiguration if it is not HOCON
   */
  public static SettingsReader text(String name, String text) throws InvalidConfiguration {
    return open(
        name,
        problems ->
            parse(name, text, Outline.of(text), FileIncluder.refusing(name), problems).resolve());
  }

  /**
   * Opens a text from the network, or from a node.
   *
   * @param name stands for the file in messages
   * @throws InvalidConfiguration if it is not HOCON, or has substitutions or includes
   */
  public static SettingsReader plain(String name, String text) throws InvalidConfiguration {
    return open(
        name,
        problems -> {
          Outline outline = Outline.of(text);
          Config parsed = parse(name, text, outline, FileIncluder.refusing(name), problems);
          if (!parsed.isResolved()) {
            throw new ConfigException.Parse(
                origin(name, outline.substitution()), "substitutions have no place here");
          }
          return parsed.resolve(ConfigResolveOptions.noSystem());
        });
  }

  /**
   * Opens a resource next to a class.
   *
   * @throws InvalidConfiguration if it is not HOCON
   */
  public static SettingsReader resource(ClassLoader loader, String name)
      throws InvalidConfiguration {
    ConfigParseOptions options = ConfigParseOptions.defaults().setAllowMissing(false);
    return open(name, problems -> ConfigFactory.parseResources(loader, name, options).resolve());
  }

  /** The value of a key in a HOCON text that has been parsed before; empty if it is not set. */
  public static String part(String text, String key) {
    ConfigValue value = ConfigFactory.parseString(text).root().get(key);
    return value == null ? "" : value.render(ConfigRenderOptions.concise().setJson(false));
  }

  private static String read(Path file) throws InvalidConfiguration {
    if (!Files.exists(file)) {
      throw new InvalidConfiguration(List.of(file + ": no such file"));
    }
    if (Files.isDirectory(file)) {
      throw new InvalidConfiguration(List.of(file + ": is a directory"));
    }
    if (!Files.isReadable(file)) {
      throw new InvalidConfiguration(List.of(file + ": can't be read, permission denied"));
    }
    try {
      return contents(file);
    } catch (IOException e) {
      throw new InvalidConfiguration(List.of(file + ": can't be read, " + e.getMessage()));
    }
  }

  private static String contents(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new IOException("more than " + (MAX_BYTES >> 20) + " MiB");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  /** Reads an included file; an error becomes a {@link ConfigException}. */
  static ConfigObject included(Path file, Problems problems, int depth) {
    try {
      return parse(file, contents(file), problems, depth).root();
    } catch (IOException e) {
      throw new ConfigException.IO(origin(file.toString(), 0), "can't be read", e);
    }
  }

  private static Config parse(Path file, String text, Problems problems, int depth) {
    Outline outline = Outline.of(text);
    return parse(
        file.toString(), text, outline, new FileIncluder(file, outline, problems, depth), problems);
  }

  private static Config parse(
      String name, String text, Outline outline, ConfigIncluder includer, Problems problems) {
    if (outline.tooDeep() > 0) {
      throw new ConfigException.Parse(
          origin(name, outline.tooDeep()),
          "more than " + Outline.MAX_DEPTH + " blocks are inside one another");
    }
    outline
        .mistakes()
        .forEach(mistake -> problems.add(origin(name, mistake.line()), mistake.text()));
    return ConfigFactory.parseString(
        text, ConfigParseOptions.defaults().setOriginDescription(name).setIncluder(includer));
  }

  static ConfigOrigin origin(String name, int line) {
    return ConfigOriginFactory.newSimple(name).withLineNumber(line);
  }

  private static SettingsReader open(String name, Parser parser) throws InvalidConfiguration {
    Problems problems = new Problems();
    try {
      return new SettingsReader(parser.parse(problems).root(), "", problems);
    } catch (ConfigException e) {
      ConfigOrigin origin = e.origin();
      ConfigOrigin where = origin == null ? ConfigOriginFactory.newSimple(name) : origin;
      problems.add(where, reason(e, where));
      problems.throwIfAny();
      throw e;
    }
  }

  /** The library's message in one line, without position and advice. */
  private static String reason(ConfigException e, ConfigOrigin where) {
    String message = String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
    String place = where.description() + ": ";
    String what = message.startsWith(place) ? message.substring(place.length()) : message;
    if (what.startsWith("expecting a close parentheses")) {
      // The parser reports the same error for anything that is open at the end of a file.
      return "a block is not closed";
    }
    int advice = what.indexOf(" (if you ");
    return advice < 0 ? what : what.substring(0, advice);
  }

  @FunctionalInterface
  private interface Parser {
    Config parse(Problems problems);
  }
}
