// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.IdentitySource;
import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.config.Netmask;
import io.anteroom.node.config.NetmaskSet;
import io.anteroom.node.config.SettingsReader;
import io.anteroom.node.wire.WireName;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Transport;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.xbill.DNS.Opcode;

/** Reads the value of {@code match}; errors are recorded in the reader. */
final class SelectorReader {
  static final int MAX_REGEX = 500;

  /**
   * The maximum size of a regular expression; each character of a name may take this many steps.
   */
  private static final int MAX_PROGRAM = 1_000;

  private static final int MAX_DEPTH = 16;

  /** Keys whose values are lists of blocks, which must not be empty. */
  private static final Set<String> NESTED = Set.of("any", "all");

  private static final String[] OPCODES = {"query", "iquery", "status", "notify", "update"};

  private final RuleContext context;
  private final Stage stage;
  private final Map<String, Reader> readers = new LinkedHashMap<>();
  private int depth;

  /** Reads the selector of a key. */
  @FunctionalInterface
  private interface Reader {
    Selector read(SettingsReader match, String key);
  }

  /** Creates a reader; {@code lists} finds a list by its name or file. */
  SelectorReader(RuleContext context, Function<String, ListFile> lists, Stage stage) {
    this.context = context;
    this.stage = stage;
    readers.put("name", (m, k) -> NameSelectors.Exact.of(names(m, k)));
    readers.put("suffix", (m, k) -> NameSelectors.Suffix.of(names(m, k)));
    readers.put(
        "regex",
        (m, k) -> new NameSelectors.Regex(m.list(k, List::of, SelectorReader::expression)));
    readers.put("list", (m, k) -> new NameSelectors.InList(m.list(k, List::of, lists)));
    readers.put("type", (m, k) -> QuerySelectors.Type.of(m.list(k, List::of, RuleWords::type)));
    readers.put(
        "class", (m, k) -> QuerySelectors.DnsClass.of(m.list(k, List::of, RuleWords::dnsClass)));
    readers.put("opcode", SelectorReader::opcode);
    readers.put("rd", (m, k) -> new QuerySelectors.RecursionDesired(m.flag(k, true)));
    readers.put("do", (m, k) -> new QuerySelectors.DnssecOk(m.flag(k, true)));
    readers.put(
        "edns-option",
        (m, k) -> new QuerySelectors.EdnsOption(m.list(k, List::of, RuleWords::number16)));
    readers.put(
        "client",
        (m, k) -> new QuerySelectors.ClientIn(NetmaskSet.of(m.list(k, List::of, Netmask::parse))));
    readers.put("identity", SelectorReader::identity);
    readers.put(
        "sni",
        (m, k) ->
            new QuerySelectors.ServerName(
                ServerNames.of(m.list(k, List::of, ServerNames::pattern))));
    readers.put(
        "http-path",
        (m, k) -> QuerySelectors.HttpPath.of(m.list(k, List::of, SelectorReader::path)));
    readers.put("listener", this::listener);
    readers.put("transport", this::transport);
    readers.put("tag", this::tagged);
    readers.put("rcode", this::rcode);
    readers.put("probability", (m, k) -> new QuerySelectors.Probability(m.number(k, 1, 0, 1)));
    readers.put(
        "pool-usable",
        (m, k) ->
            new QuerySelectors.PoolUsable(m.list(k, List::of, context::pool), context.pools()));
    readers.put("any", (m, k) -> new Selector.Or(nested(m, k)));
    readers.put("all", (m, k) -> Selector.And.of(nested(m, k)));
    readers.put("not", (m, k) -> new Selector.Not(block(m.block(k))));
    // Last, so that they count only queries that match all other keys.
    readers.put("client-rate", (m, k) -> RateSelector.ofClient(m.block(k), context::evicted));
    readers.put("name-rate", (m, k) -> RateSelector.ofName(m.block(k), context::evicted));
    readers.put("rate", (m, k) -> RateSelector.ofAll(m.block(k)));
  }

  /** Reads the selector of a rule. */
  Selector read(SettingsReader rule) {
    Selector all = new Selector.All();
    return rule.isBlock("match")
        ? block(rule.block("match"))
        : rule.word("match", all, Map.of("all", all));
  }

  /** Reads a block; all its keys must match. */
  private Selector block(SettingsReader match) {
    if (++depth > MAX_DEPTH) {
      match.error("is more than " + MAX_DEPTH + " blocks deep");
      return new Selector.All();
    }
    List<Selector> selectors = new ArrayList<>();
    readers.forEach(
        (key, reader) -> {
          if (match.has(key)) {
            if (match.isEmptyList(key) && !NESTED.contains(key)) {
              match.warn(key, "is an empty list, which no query is in");
            }
            selectors.add(reader.read(match, key));
          }
        });
    depth--;
    if (selectors.isEmpty()) {
      match.error(
          "selects nothing; for every query say match = all, or one of "
              + String.join(", ", readers.keySet()));
    }
    return Selector.And.of(selectors);
  }

  private List<Selector> nested(SettingsReader match, String key) {
    List<SettingsReader> blocks = match.blocks(key);
    if (blocks.isEmpty()) {
      match.error(key, "must have one block at least");
    }
    return blocks.stream().map(this::block).toList();
  }

  private static List<WireName> names(SettingsReader match, String key) {
    List<WireName> names = match.list(key, List::of, WireName::parse);
    names.stream()
        .map(WireName::text)
        .filter(name -> name.contains("*"))
        .forEach(name -> warnOfAsterisk(match, key, name));
    return names;
  }

  private static void warnOfAsterisk(SettingsReader match, String key, String name) {
    String instead =
        name.startsWith("*.") ? "; suffix = \"%s\" has all below".formatted(name.substring(2)) : "";
    match.warn(
        key, "\"%s\" is a name with an asterisk in it, no pattern".formatted(name) + instead);
  }

  /** Reads identities, or one of two words for all clients with and without one. */
  private static Selector identity(SettingsReader match, String key) {
    Map<String, Boolean> words = Map.of("any", true, "none", false);
    List<String> names =
        match.list(
            key,
            List::of,
            text -> {
              if (!IdentitySource.isIdentity(text)) {
                throw new IllegalArgumentException(IdentitySource.RULE);
              }
              return text;
            });
    Boolean known = names.size() == 1 ? words.get(names.get(0)) : null;
    return known == null
        ? new QuerySelectors.Identity(Set.copyOf(names))
        : new QuerySelectors.HasIdentity(known);
  }

  private static String path(String text) {
    int asterisk = text.indexOf('*');
    boolean inside = asterisk >= 0 && asterisk < text.length() - 1;
    if (!text.startsWith("/") || text.indexOf('?') >= 0 || inside) {
      throw new IllegalArgumentException(
          "must be a path that begins with / and has no question mark; an asterisk at its end stands"
              + " for anything");
    }
    return text;
  }

  private Selector tagged(SettingsReader match, String key) {
    List<Tag> tags = match.list(key, List::of, Tag::parse);
    tags.forEach(tag -> context.looksAt(tag, match, key));
    return new QuerySelectors.Tagged(tags);
  }

  private static Pattern expression(String text) {
    if (text.length() > MAX_REGEX) {
      throw new IllegalArgumentException(
          "a regular expression has at most %d characters, not %d"
              .formatted(MAX_REGEX, text.length()));
    }
    if (RegexWeight.of(text) > MAX_PROGRAM) {
      throw tooLarge();
    }
    Pattern pattern;
    try {
      pattern = Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "is no regular expression of RE2: " + e.getDescription() + ": " + e.getPattern(), e);
    }
    if (pattern.programSize() > MAX_PROGRAM) {
      throw tooLarge();
    }
    return pattern;
  }

  private static IllegalArgumentException tooLarge() {
    return new IllegalArgumentException(
        "is too large a regular expression when its repetitions are written out");
  }

  private static Selector opcode(SettingsReader match, String key) {
    List<Integer> opcodes =
        match.list(
            key,
            List::of,
            text -> {
              int at = Arrays.asList(OPCODES).indexOf(text.toLowerCase(Locale.ROOT));
              if (at < 0) {
                throw new IllegalArgumentException(
                    SettingsReader.unknown(text, new TreeSet<>(Arrays.asList(OPCODES))));
              }
              // There is no opcode 3.
              return at < 3 ? at : at + 1;
            });
    if (opcodes.stream().anyMatch(opcode -> opcode != Opcode.QUERY)) {
      match.warn(key, "only QUERY comes as far as to rules; all others are answered with NOTIMP");
    }
    return QuerySelectors.Opcode.of(opcodes);
  }

  /** Reads listeners by name, or by address, which several listeners may share. */
  private Selector listener(SettingsReader match, String key) {
    Set<String> names = new HashSet<>();
    Set<String> known = new TreeSet<>();
    for (ListenerSettings listener : context.settings().listeners()) {
      known.add(listener.name());
      known.add(Addresses.text(listener.address()));
    }
    match.list(
        key,
        List::of,
        text -> {
          if (!known.contains(text)) {
            throw new IllegalArgumentException("listener " + SettingsReader.unknown(text, known));
          }
          context.settings().listeners().stream()
              .filter(l -> l.name().equals(text) || Addresses.text(l.address()).equals(text))
              .forEach(l -> names.add(l.name()));
          return text;
        });
    return new QuerySelectors.Listener(Set.copyOf(names));
  }

  private Selector transport(SettingsReader match, String key) {
    Set<String> known = new TreeSet<>();
    for (Transport transport : Transport.values()) {
      known.add(transport.word());
    }
    EnumSet<Transport> transports = EnumSet.noneOf(Transport.class);
    match
        .list(
            key,
            List::<Transport>of,
            text ->
                Arrays.stream(Transport.values())
                    .filter(t -> t.word().equals(text.toLowerCase(Locale.ROOT)))
                    .findFirst()
                    .orElseThrow(
                        () -> new IllegalArgumentException(SettingsReader.unknown(text, known))))
        .forEach(transports::add);
    boolean comesIn =
        context.settings().listeners().stream().anyMatch(l -> transports.contains(l.transport()));
    if (!transports.isEmpty() && !comesIn) {
      match.warn(key, "there is no listener for that");
    }
    return new QuerySelectors.Transport(transports);
  }

  private Selector rcode(SettingsReader match, String key) {
    if (!RuleWords.hasAnswer(stage)) {
      match.error(key, "there is no answer yet in rules." + stage.word());
    }
    return QuerySelectors.Rcode.of(match.list(key, List::of, RuleWords::rcode));
  }
}
