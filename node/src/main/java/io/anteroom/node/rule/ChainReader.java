// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.config.Netmask;
import io.anteroom.node.config.NodeSettings;
import io.anteroom.node.config.SettingsReader;
import io.anteroom.node.wire.WireName;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Stage;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.xbill.DNS.Type;

/** Reads the chains of rules; what is wrong is noted in the reader. */
public final class ChainReader {
  private static final Map<String, Action> WORDS =
      Map.of("drop", new Action.Drop(), "continue", new Action.Continue());
  private static final Map<String, Integer> RCODES =
      new TreeMap<>(
          Map.of(
              "noerror", 0, "formerr", 1, "servfail", 2, "nxdomain", 3, "notimp", 4, "refused", 5));

  private final NodeSettings settings;
  private final Stage stage;

  private ChainReader(NodeSettings settings, Stage stage) {
    this.settings = settings;
    this.stage = stage;
  }

  /**
   * Reads the block {@code rules} of {@code anteroom}.
   *
   * @param settings have the filters and pools that rules name
   */
  public static Chains read(SettingsReader anteroom, NodeSettings settings) {
    SettingsReader rules = anteroom.block("rules");
    Map<Stage, Chain> chains = new EnumMap<>(Stage.class);
    for (Stage stage : Stage.values()) {
      chains.put(stage, new ChainReader(settings, stage).chain(rules));
    }
    return new Chains(chains);
  }

  private Chain chain(SettingsReader rules) {
    return Chain.of(rules.blocks(stage.word()).stream().map(this::rule).toList());
  }

  private Rule rule(SettingsReader block) {
    block.require("match");
    block.require("action");
    return new Rule(block.text("name", ""), selector(block), action(block));
  }

  private static Selector selector(SettingsReader block) {
    Selector all = new Selector.All();
    if (!block.isBlock("match")) {
      return block.word("match", all, Map.of("all", all));
    }
    SettingsReader match = block.block("match");
    List<Selector> selectors = new ArrayList<>();
    if (match.has("suffix")) {
      selectors.add(Selector.Suffix.of(match.list("suffix", List::of, WireName::parse)));
    }
    if (match.has("type")) {
      selectors.add(Selector.Type.of(match.list("type", List::of, ChainReader::type)));
    }
    if (match.has("client")) {
      selectors.add(new Selector.ClientIn(match.list("client", List::of, Netmask::parse)));
    }
    RateSelector.read(match, selectors);
    if (selectors.isEmpty()) {
      block.error("match", "selects nothing; for every query say match = all");
    }
    return selectors.size() == 1 ? selectors.get(0) : new Selector.And(selectors);
  }

  private static int type(String name) {
    int type = Type.value(name.toUpperCase(Locale.ROOT), false);
    if (type < 0) {
      throw new IllegalArgumentException("unknown DNS type \"" + name + "\"");
    }
    return type;
  }

  private Action action(SettingsReader block) {
    Action none = new Action.Continue();
    if (!block.isBlock("action")) {
      return block.word("action", none, new TreeMap<>(WORDS));
    }
    SettingsReader action = block.block("action");
    List<Action> actions = new ArrayList<>();
    if (action.has("suspend")) {
      actions.add(suspend(action));
    }
    if (action.has("pool")) {
      actions.add(pool(action));
    }
    if (action.has("rcode") || action.has("extended-error")) {
      actions.add(answer(action));
    }
    if (actions.size() != 1) {
      block.error("action", "must have one of suspend, pool, rcode, not " + actions.size());
      return none;
    }
    return actions.get(0);
  }

  private Action suspend(SettingsReader action) {
    String name = action.text("suspend", "");
    if (!settings.filters().containsKey(name)) {
      unknown(action, "suspend", "filter", name, settings.filters().keySet());
      return new Action.Continue();
    }
    boolean thenDone = action.word("then", false, Map.of("next", false, "done", true));
    boolean onHit = true;
    if (stage == Stage.RESPONSE) {
      onHit = action.word("on-hit", true, Map.of("run", true, "skip", false));
      if (!onHit) {
        action.warn("on-hit", "answers from the cache are sent without asking this filter");
      }
    }
    return new Action.Suspend(settings.filters().get(name).asyncId(), thenDone, onHit);
  }

  private Action pool(SettingsReader action) {
    if (stage != Stage.QUERY && stage != Stage.CACHE_MISS) {
      action.error("pool", "comes too late in rules." + stage.word());
    }
    String name = action.text("pool", "");
    if (!settings.upstreams().containsKey(name)) {
      unknown(action, "pool", "upstream pool", name, settings.upstreams().keySet());
    }
    return new Action.Pool(name);
  }

  private static void unknown(
      SettingsReader action, String key, String kind, String name, Set<String> known) {
    action.error(key, kind + " " + SettingsReader.unknown(name, known));
  }

  private static Action answer(SettingsReader action) {
    action.require("rcode");
    int rcode = action.word("rcode", 0, RCODES);
    if (!action.has("extended-error")) {
      return new Action.Rcode(rcode, null);
    }
    SettingsReader error = action.block("extended-error");
    error.require("code");
    int code = error.integer("code", 0, 0, 0xffff);
    String text = error.parsed("text", "", ChainReader::extraText);
    return new Action.Rcode(rcode, new ExtendedError(code, text));
  }

  private static String extraText(String text) {
    return new ExtendedError(0, text).text();
  }
}
