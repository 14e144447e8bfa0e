// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import io.anteroom.protocol.Verdict;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What happens to queries of a blocked client. The text form is {@code drop}, {@code refuse},
 * {@code nxdomain}, {@code truncate}, or {@code set-tag NAME=VALUE}, where the value is optional.
 *
 * @param tags the tags that {@code SET_TAG} adds
 */
public record BlockAction(Kind kind, Map<String, String> tags) {
  public static final BlockAction DROP = new BlockAction(Kind.DROP, Map.of());

  static final Duration MIN_DURATION = Duration.ofSeconds(1);
  static final Duration MAX_DURATION = Duration.ofHours(24);

  private static final String SET_TAG = "set-tag ";

  /** The kind of action. */
  public enum Kind {
    DROP,
    REFUSE,
    NXDOMAIN,
    /** Over UDP TC=1 and no records; over TCP the query goes on. */
    TRUNCATE,
    /** The query goes on with a tag, which rules can match. */
    SET_TAG
  }

  public BlockAction {
    tags = Map.copyOf(tags);
  }

  /**
   * Parses the text form.
   *
   * @throws IllegalArgumentException if it is invalid
   */
  public static BlockAction parse(String text) {
    if (text.startsWith(SET_TAG)) {
      return setTag(text.substring(SET_TAG.length()).strip());
    }
    for (Kind kind : Kind.values()) {
      if (kind != Kind.SET_TAG && text.equals(Words.of(kind))) {
        return new BlockAction(kind, Map.of());
      }
    }
    throw new IllegalArgumentException(
        text.equals(SET_TAG.strip())
            ? "names no tag: set-tag NAME=VALUE"
            : SettingsReader.unknown(text, words()));
  }

  /**
   * Parses the duration of a block: {@code 500ms}, {@code 60s}, {@code 10m}, {@code 2h}.
   *
   * @throws IllegalArgumentException if it is not a duration from one second to one day
   */
  public static Duration duration(String text) {
    Duration duration;
    try {
      duration = ConfigFactory.parseMap(Map.of("for", text)).getDuration("for");
    } catch (ConfigException e) {
      duration = Duration.ZERO;
    }
    if (duration.compareTo(MIN_DURATION) < 0
        || duration.compareTo(MAX_DURATION) > 0
        || text.matches("[-+]?[0-9.]+")) {
      throw new IllegalArgumentException(
          "a block lasts %s to %s, not \"%s\""
              .formatted(Words.of(MIN_DURATION), Words.of(MAX_DURATION), text));
    }
    return duration;
  }

  private static Set<String> words() {
    return Arrays.stream(Kind.values()).map(Words::of).collect(Collectors.toSet());
  }

  private static BlockAction setTag(String tag) {
    int equals = tag.indexOf('=');
    String name = equals < 0 ? tag : tag.substring(0, equals);
    String value = equals < 0 ? "" : tag.substring(equals + 1);
    if (name.isEmpty()
        || name.length() > Verdict.MAX_TAG_LENGTH
        || value.length() > Verdict.MAX_TAG_LENGTH
        || tag.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          "a tag's name has 1 to %d characters, its value at most as many"
              .formatted(Verdict.MAX_TAG_LENGTH));
    }
    return new BlockAction(Kind.SET_TAG, Map.of(name, value));
  }

  /** The text form. */
  @Override
  public String toString() {
    return tags.entrySet().stream()
        .map(tag -> SET_TAG + tag.getKey() + "=" + tag.getValue())
        .findFirst()
        .orElse(Words.of(kind));
  }
}
