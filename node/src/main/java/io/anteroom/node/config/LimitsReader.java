// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.config;

import io.anteroom.node.config.BlockRule.Measure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Rcode;

/** Reads the blocks {@code response-rate-limit} and {@code blocks}. */
final class LimitsReader {
  private static final int MAX_RULES = 100;
  private static final int MAX_NAME = 100;
  private static final int MAX_RATE = 1_000_000;

  /** The maximum count within a window. */
  private static final int MAX_COUNT = 1_000_000;

  private static final double LEAST_RATE = 0.01;
  private static final int IPV4 = 32;
  private static final int IPV6 = 128;
  private static final Map<String, Measure> MEASURES =
      Map.of(
          "query-rate", Measure.QUERY_RATE,
          "rcode-rate", Measure.RCODE_RATE,
          "rcode-ratio", Measure.RCODE_RATIO);

  private LimitsReader() {}

  /** Reads the limit; null if it is off. */
  static @Nullable ResponseLimitSettings responseLimit(SettingsReader anteroom) {
    ResponseLimitSettings defaults = ResponseLimitSettings.DEFAULT;
    String key = "response-rate-limit";
    if (anteroom.has(key) && !anteroom.isBlock(key)) {
      return anteroom.flag(key, true) ? defaults : null;
    }
    SettingsReader block = anteroom.block(key);
    int rate = block.integer("responses-per-second", defaults.responsesPerSecond(), 1, MAX_RATE);
    return new ResponseLimitSettings(
        rate,
        block.integer("slip", defaults.slip(), 0, 10),
        block.integer("ipv4-prefix", defaults.ipv4Prefix(), 1, IPV4),
        block.integer("ipv6-prefix", defaults.ipv6Prefix(), 1, IPV6),
        block.integer("burst", rate, 1, MAX_RATE),
        block.integer("table-size", defaults.tableSize(), 1 << 10, 1 << 22),
        block.list("exempt", defaults::exempt, Netmask::parse));
  }

  static BlocksSettings blocks(SettingsReader anteroom) {
    SettingsReader blocks = anteroom.block("blocks");
    List<SettingsReader> rules = blocks.blocks("rules");
    if (rules.size() > MAX_RULES) {
      blocks.error("rules", "are %d, at most %d".formatted(rules.size(), MAX_RULES));
    }
    List<BlockRule> read = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (SettingsReader rule : rules) {
      read.add(rule(rule, names));
    }
    return new BlocksSettings(
        blocks.list("exclude", () -> BlocksSettings.LOOPBACK, Netmask::parse), read);
  }

  private static BlockRule rule(SettingsReader rule, Set<String> names) {
    rule.require("name");
    String name = rule.parsed("name", "", LimitsReader::name);
    if (!name.isEmpty() && !names.add(name)) {
      rule.error("name", "there is a rule \"" + name + "\" already");
    }
    String key = measure(rule);
    Measure measure = MEASURES.getOrDefault(key, Measure.QUERY_RATE);
    SettingsReader counted = rule.block(key);
    double most = measure == Measure.RCODE_RATIO ? 1 : MAX_RATE;
    double least = measure == Measure.RCODE_RATIO ? 0 : LEAST_RATE;
    counted.require("above");
    double above = counted.number("above", most, least, most);
    Duration window = window(rule, measure, above);
    return new BlockRule(
        name,
        measure,
        measure == Measure.QUERY_RATE ? Set.of() : rcodes(counted),
        above,
        warnAbove(counted, least, above),
        measure == Measure.RCODE_RATIO ? counted.integer("at-least", 100, 1, MAX_COUNT) : 0,
        window,
        rule.integer("ipv4-prefix", IPV4, 1, IPV4),
        rule.integer("ipv6-prefix", 64, 1, IPV6),
        rule.integer("max-clients", 100_000, 1_000, 1_000_000),
        rule.parsed("action", BlockAction.DROP, BlockAction::parse),
        rule.duration(
            "for", Duration.ofMinutes(1), BlockAction.MIN_DURATION, BlockAction.MAX_DURATION));
  }

  private static String measure(SettingsReader rule) {
    List<String> given = MEASURES.keySet().stream().filter(rule::has).sorted().toList();
    if (given.size() != 1) {
      rule.error(
          "must have one of query-rate, rcode-rate, rcode-ratio, not "
              + (given.isEmpty() ? "none" : String.join(" and ", given)));
    }
    return given.isEmpty() ? "query-rate" : given.get(0);
  }

  private static double warnAbove(SettingsReader counted, double least, double above) {
    double warn = counted.number("warn-above", 0, least, MAX_RATE);
    if (warn >= above) {
      counted.error("warn-above", "must be less than above, which is " + above);
    }
    return warn;
  }

  private static Duration window(SettingsReader rule, Measure measure, double above) {
    Duration window =
        rule.duration(
            "window", Duration.ofSeconds(10), Duration.ofSeconds(1), Duration.ofMinutes(10));
    if (measure != Measure.RCODE_RATIO && above * window.toMillis() / 1000 > MAX_COUNT) {
      rule.error("window", "is too long for this rate: it would count more than " + MAX_COUNT);
    }
    return window;
  }

  private static Set<Integer> rcodes(SettingsReader counted) {
    counted.require("rcodes");
    return new HashSet<>(counted.list("rcodes", List::of, LimitsReader::rcode));
  }

  private static int rcode(String text) {
    int rcode = Rcode.value(text.toUpperCase(Locale.ROOT));
    if (rcode < 0 || rcode > 15) {
      throw new IllegalArgumentException("unknown response code \"" + text + "\"");
    }
    return rcode;
  }

  private static String name(String text) {
    if (text.isEmpty()
        || text.length() > MAX_NAME
        || text.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException("must have 1 to " + MAX_NAME + " characters");
    }
    return text;
  }
}
