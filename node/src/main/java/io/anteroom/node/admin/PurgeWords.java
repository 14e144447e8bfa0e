// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.anteroom.node.cache.Purge;
import io.anteroom.node.wire.WireName;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Type;

/**
 * The JSON form of a purge: an object with one of {@code name}, {@code suffix}, {@code pool} and
 * {@code all}, and optionally {@code type} and {@code target}.
 */
public final class PurgeWords {
  private static final List<String> WHAT = List.of("name", "suffix", "pool", "all");
  private static final Set<String> KNOWN =
      Set.of("name", "suffix", "pool", "all", "type", "target");
  private static final Map<String, Purge.Target> TARGETS =
      Map.of(
          "answers", Purge.Target.ANSWERS,
          "verdicts", Purge.Target.VERDICTS,
          "both", Purge.Target.BOTH);

  private PurgeWords() {}

  /**
   * Builds the JSON object.
   *
   * @param what name, suffix, pool or all
   * @param value the name or pool; empty if {@code what} is all
   * @param type empty for all types
   * @param target answers, verdicts or both
   */
  public static JsonNode words(String what, String value, String type, String target) {
    ObjectNode words = JsonNodeFactory.instance.objectNode();
    if (what.equals("all")) {
      words.put(what, true);
    } else {
      words.put(what, value);
    }
    if (!type.isEmpty()) {
      words.put("type", type);
    }
    return words.put("target", target);
  }

  /**
   * Parses the JSON object.
   *
   * @throws IllegalArgumentException if it is not a valid purge, with a message for the operator
   */
  public static Purge parse(JsonNode words) {
    List<String> what = new ArrayList<>(WHAT);
    what.removeIf(key -> !words.has(key));
    if (!words.isObject() || what.size() != 1) {
      throw new IllegalArgumentException(
          "must have one of name, suffix, pool and all, not " + (what.isEmpty() ? "none" : what));
    }
    words
        .fieldNames()
        .forEachRemaining(
            key -> {
              if (!KNOWN.contains(key)) {
                throw new IllegalArgumentException("unknown key \"" + key + "\"");
              }
            });
    Purge.Target target = TARGETS.get(words.path("target").asText("both"));
    if (target == null) {
      throw new IllegalArgumentException("target must be answers, verdicts or both");
    }
    return purge(what.get(0), words, target, type(words));
  }

  private static Purge purge(String what, JsonNode words, Purge.Target target, int type) {
    return switch (what) {
      case "name" -> new Purge(target, name(words, what), false, null, type, Purge.ANY);
      case "suffix" -> new Purge(target, name(words, what), true, null, type, Purge.ANY);
      case "pool" -> new Purge(target, null, false, pool(words), type, Purge.ANY);
      default -> {
        if (!words.path(what).isBoolean() || !words.path(what).booleanValue()) {
          throw new IllegalArgumentException("all can only be true");
        }
        yield new Purge(target, null, false, null, type, Purge.ANY);
      }
    };
  }

  private static String pool(JsonNode words) {
    String pool = words.path("pool").isTextual() ? words.path("pool").textValue() : "";
    if (pool.isEmpty() || pool.length() > Purge.MAX_POOL) {
      throw new IllegalArgumentException("pool must be the name of an upstream pool");
    }
    return pool;
  }

  private static @Nullable WireName name(JsonNode words, String key) {
    String text = words.path(key).isTextual() ? words.path(key).textValue() : "";
    try {
      return WireName.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(key + ": " + e.getMessage(), e);
    }
  }

  private static int type(JsonNode words) {
    if (!words.has("type")) {
      return 0;
    }
    String text = words.path("type").asText();
    int type = Type.value(text.toUpperCase(Locale.ROOT), false);
    if (type <= 0) {
      throw new IllegalArgumentException("unknown DNS type \"" + text + "\"");
    }
    return type;
  }
}
