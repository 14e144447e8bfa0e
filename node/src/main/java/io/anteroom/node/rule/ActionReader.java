// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.rule;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.ListenerSettings;
import io.anteroom.node.config.OwnListeners;
import io.anteroom.node.config.SettingsReader;
import io.anteroom.node.flow.Effect;
import io.anteroom.node.flow.PolicyProgram;
import io.anteroom.node.wire.Types;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Stage;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Reads the value of {@code action}; errors are recorded in the reader. */
final class ActionReader {
  private static final Duration LONGEST_DELAY = Duration.ofSeconds(5);
  private static final Duration LONGEST_TTL = Duration.ofDays(7);

  /** The maximum prefix that RFC 7871 section 11.1 recommends. */
  private static final int ECS_IPV4 = 24;

  private static final int ECS_IPV6 = 56;

  /** What the names of spooled files may begin with. */
  private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  /** Actions after which a query never goes on at the next rule, so that `then` says nothing. */
  private static final Set<String> FINAL = Set.of("rcode", "spoof", "nxdomain", "nodata");

  private static final Action NONE = new Action.Continue();

  private final RuleContext context;
  private final Function<String, ListFile> lists;
  private final Stage stage;
  private final Map<String, Reader> readers = new LinkedHashMap<>();
  private final Map<String, Action> words = new TreeMap<>();

  /** Reads the action of a key. */
  @FunctionalInterface
  private interface Reader {
    Action read(SettingsReader action, String key);
  }

  /**
   * Creates a reader for the rule with this name; {@code lists} finds a list by its name or file.
   */
  ActionReader(RuleContext context, Function<String, ListFile> lists, Stage stage, String rule) {
    this.context = context;
    this.lists = lists;
    this.stage = stage;
    words.put("drop", new Action.Drop());
    words.put("continue", NONE);
    words.put("done", new Action.Done());
    words.put("truncate", new AnswerActions.Truncate());
    words.put("skip-cache", new Action.SkipCache());
    words.put("log", new Action.Besides(new Effect.Log(rule)));
    words.put("nxdomain", AnswerReader.nxdomain());
    words.put("nodata", AnswerReader.nodata());
    readers.put("suspend", this::suspend);
    readers.put("policy", this::policy);
    readers.put("pool", (a, k) -> new Action.Pool(a.parsed(k, "", context::pool)));
    readers.put("rcode", (a, k) -> new AnswerActions.Rcode(a.parsed(k, 0, RuleWords::rcode)));
    readers.put("spoof", AnswerReader::spoof);
    readers.put("nxdomain", AnswerReader::nxdomain);
    readers.put("nodata", AnswerReader::nodata);
    readers.put("delay", ActionReader::delay);
    readers.put("set-tag", this::setTags);
    readers.put("unset-tag", ActionReader::unsetTags);
    readers.put("limit-ttl", ActionReader::limitTtl);
    readers.put("remove-types", ActionReader::removeTypes);
    readers.put("tee", this::tee);
    readers.put("spool", ActionReader::spool);
    readers.put("rpz", this::rpz);
    readers.put("ecs", ActionReader::ecs);
  }

  /** Reads the action of a rule. */
  Action read(SettingsReader rule) {
    if (!rule.isBlock("action")) {
      Action action = rule.word("action", NONE, words);
      checkStage(rule, "action", rule.text("action", ""));
      return action;
    }
    SettingsReader block = rule.block("action");
    List<Action> actions = new ArrayList<>();
    readers.forEach(
        (key, reader) -> {
          if (block.has(key)) {
            checkStage(block, key, key);
            actions.add(reader.read(block, key));
          }
        });
    boolean error = block.has("extended-error");
    if (actions.size() > 1 || (actions.isEmpty() && !error)) {
      rule.error(
          "action",
          "must have one of %s, extended-error, not %d"
              .formatted(String.join(", ", readers.keySet()), actions.size()));
      return NONE;
    }
    Action action = then(block, actions.isEmpty() ? NONE : actions.get(0));
    return error ? new AnswerActions.WithError(extendedError(block), action) : action;
  }

  /** Reads at which rule the query goes on after the action. */
  private static Action then(SettingsReader block, Action action) {
    boolean done = block.word("then", false, Map.of("next", false, "done", true));
    for (String key : FINAL) {
      if (block.has("then") && block.has(key)) {
        block.error("then", "is for actions after which a query goes on, and not for " + key);
      }
    }
    return done ? new Action.ThenDone(action) : action;
  }

  private void checkStage(SettingsReader block, String key, String action) {
    switch (action) {
      case "pool", "skip-cache", "rpz" -> {
        if (RuleWords.hasAnswer(stage)) {
          block.error(key, action + " comes too late in rules." + stage.word());
        }
      }
      case "ecs" -> {
        if (stage != Stage.QUERY) {
          block.error(key, action + " comes too late in rules." + stage.word());
        }
      }
      case "limit-ttl", "remove-types", "spool" -> {
        if (!RuleWords.hasAnswer(stage)) {
          block.error(key, action + " comes too early in rules." + stage.word());
        }
      }
      default -> {}
    }
  }

  private Action policy(SettingsReader action, String key) {
    String name = action.text(key, "");
    Set<String> known = context.settings().policies().keySet();
    if (!known.contains(name)) {
      action.error(key, "policy " + SettingsReader.unknown(name, known));
      return NONE;
    }
    // One that could not be loaded has been reported already.
    PolicyProgram program = context.policy(name);
    return program == null ? NONE : new Action.RunPolicy(program);
  }

  private Action suspend(SettingsReader action, String key) {
    String name = action.text(key, "");
    var filters = context.settings().filters();
    if (!filters.containsKey(name)) {
      action.error(key, "filter " + SettingsReader.unknown(name, filters.keySet()));
      return NONE;
    }
    if (filters.get(name).operation() != null) {
      action.error(key, name + " is an operation, which only a policy can start: policy = NAME");
      return NONE;
    }
    boolean onHit = true;
    if (stage == Stage.RESPONSE) {
      onHit = action.word("on-hit", true, Map.of("run", true, "skip", false));
      if (!onHit) {
        action.warn("on-hit", "answers from the cache are sent without asking this filter");
      }
    }
    return new Action.Suspend(filters.get(name).asyncId(), onHit);
  }

  private static Action delay(SettingsReader action, String key) {
    Duration time = action.duration(key, Duration.ofMillis(1), Duration.ofMillis(1), LONGEST_DELAY);
    return new Action.Besides(new Effect.Delay(time));
  }

  private Action setTags(SettingsReader action, String key) {
    Map<String, String> tags = new HashMap<>();
    for (Tag tag : action.list(key, List::of, context::settableTag)) {
      String value = tag.value();
      tags.put(tag.name(), value == null ? "" : value);
    }
    return new Action.SetTags(Map.copyOf(tags));
  }

  private static Action unsetTags(SettingsReader action, String key) {
    Set<String> names = new HashSet<>();
    action.list(key, List::of, Tag::parse).forEach(tag -> names.add(tag.name()));
    return new Action.UnsetTags(Set.copyOf(names));
  }

  private static Action limitTtl(SettingsReader action, String key) {
    SettingsReader block = action.block(key);
    if (!block.has("min") && !block.has("max")) {
      action.error(key, "must have min or max");
    }
    Duration least = block.duration("min", Duration.ZERO, Duration.ZERO, LONGEST_TTL);
    Duration most =
        block.duration("max", Duration.ofSeconds(Integer.MAX_VALUE), Duration.ZERO, LONGEST_TTL);
    if (least.compareTo(most) > 0) {
      block.error("min", "is above max");
    }
    return new AnswerActions.LimitTtl((int) least.toSeconds(), (int) most.toSeconds());
  }

  private static Action removeTypes(SettingsReader action, String key) {
    BitSet types = new BitSet();
    action
        .list(
            key,
            List::of,
            text -> {
              int type = RuleWords.type(text);
              if (type == Types.OPT || type == Types.ANY) {
                throw new IllegalArgumentException("\"" + text + "\" is no type to remove");
              }
              return type;
            })
        .forEach(types::set);
    return new AnswerActions.RemoveTypes(types);
  }

  private Action tee(SettingsReader action, String key) {
    OwnListeners own =
        new OwnListeners(
            context.settings().listeners().stream().map(ListenerSettings::address).toList());
    InetSocketAddress none = new InetSocketAddress(0);
    InetSocketAddress to =
        action.parsed(
            key,
            none,
            text -> {
              InetSocketAddress address = Addresses.withPort(text);
              if (address.getPort() == 0 || address.getAddress().isAnyLocalAddress()) {
                throw new IllegalArgumentException("nobody can be sent anything at " + text);
              }
              if (own.include(address)) {
                throw new IllegalArgumentException(OwnListeners.message(address));
              }
              return address;
            });
    return new Action.Besides(new Effect.Tee(to));
  }

  private static Action spool(SettingsReader action, String key) {
    String prefix =
        action.parsed(
            key,
            "",
            text -> {
              if (!PREFIX.matcher(text).matches()) {
                throw new IllegalArgumentException(
                    "must be 1 to 64 letters, digits, - and _, not \"" + text + "\"");
              }
              return text;
            });
    return new Action.Besides(new Effect.Spool(prefix));
  }

  private Action rpz(SettingsReader action, String key) {
    ListFile list =
        action.parsed(
            key,
            ListFile.none(),
            name -> {
              ListFile found = lists.apply(name);
              if (!found.isRpz()) {
                throw new IllegalArgumentException("the list " + name + " is no policy zone");
              }
              return found;
            });
    return new AnswerActions.Rpz(list);
  }

  /** Reads off, on, or a block with numbers of bits. */
  private static Action ecs(SettingsReader action, String key) {
    if (!action.isBlock(key)) {
      return action.flag(key, true)
          ? new Action.TellSubnet(ECS_IPV4, ECS_IPV6)
          : new Action.KeepSubnet();
    }
    SettingsReader block = action.block(key);
    return new Action.TellSubnet(
        block.integer("ipv4", ECS_IPV4, 0, 32), block.integer("ipv6", ECS_IPV6, 0, 128));
  }

  private static ExtendedError extendedError(SettingsReader action) {
    SettingsReader error = action.block("extended-error");
    error.require("code");
    int code = error.integer("code", 0, 0, 0xffff);
    String text = error.parsed("text", "", extra -> new ExtendedError(0, extra).text());
    return new ExtendedError(code, text);
  }
}
