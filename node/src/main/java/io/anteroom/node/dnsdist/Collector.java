// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.dnsdist.Model.Blocks;
import io.anteroom.node.dnsdist.Model.Code;
import io.anteroom.node.dnsdist.Model.Local;
import io.anteroom.node.dnsdist.Model.Place;
import io.anteroom.node.dnsdist.Model.Pool;
import io.anteroom.node.dnsdist.Model.Remark;
import io.anteroom.node.dnsdist.Model.Rule;
import io.anteroom.node.dnsdist.Model.Server;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaFunction;
import io.anteroom.node.lua.LuaRef;
import io.anteroom.protocol.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Collects what the scripts of the library pass on when the operator's file was loaded. What is
 * larger than one call may pass comes in parts: lists of names, and blocks within blocks.
 */
final class Collector {
  /** All names and networks of one file, so that a loop which adds them ends. */
  private static final int MAX_VALUES = 16 << 20;

  private static final int MAX_RULES = 100_000;

  /** Leaves room for a number. */
  private static final int MAX_NAME = 90;

  private final List<Remark> warnings;
  private final List<List<Object>> lists = new ArrayList<>();
  private final List<Object> nodes = new ArrayList<>();
  private final List<Local> locals = new ArrayList<>();
  private final List<Server> servers = new ArrayList<>();
  private final Map<String, Pool> pools = new LinkedHashMap<>();
  private final List<Rule> rules = new ArrayList<>();
  private final Set<String> ruleNames = new HashSet<>();

  /** The number of the last rule of each name that several have. */
  private final Map<String, Integer> sameName = new HashMap<>();

  private final List<String> excluded = new ArrayList<>();
  private final List<Map<String, Object>> blocks = new ArrayList<>();
  private final Map<String, Object> settings = new TreeMap<>();
  private final List<LuaRef> maintenance = new ArrayList<>();
  private final List<LuaRef> exits = new ArrayList<>();
  private final List<String> acl = new ArrayList<>();
  private String policy = "least-outstanding";
  private int values;

  Collector(List<Remark> warnings) {
    this.warnings = warnings;
  }

  /** The functions that the library calls. */
  Map<String, LuaFunction> functions() {
    Map<String, LuaFunction> functions = new LinkedHashMap<>();
    functions.put("add_to_list", arguments -> list(new Arguments(arguments)));
    functions.put("add_block", arguments -> node(new Arguments(arguments)));
    functions.put("add_rule", arguments -> rule(new Arguments(arguments)));
    functions.put("add_local", arguments -> local(new Arguments(arguments)));
    functions.put("add_server", arguments -> server(new Arguments(arguments)));
    functions.put("add_pool", arguments -> pool(new Arguments(arguments)));
    functions.put("add_dynamic_block", arguments -> block(new Arguments(arguments)));
    functions.put("add_exclusion", arguments -> excluded.add(new Arguments(arguments).text(0)));
    functions.put("add_acl", arguments -> acl.add(new Arguments(arguments).text(0)));
    functions.put("set_setting", arguments -> setting(new Arguments(arguments)));
    functions.put("add_maintenance", arguments -> maintenance.add(new Arguments(arguments).ref(0)));
    functions.put("add_exit", arguments -> exits.add(new Arguments(arguments).ref(0)));
    return functions;
  }

  Model model() {
    return new Model(
        locals,
        acl,
        servers,
        policy,
        pools,
        rules,
        new Blocks(excluded, blocks),
        settings,
        maintenance,
        exits,
        warnings);
  }

  /** Adds values to a list; returns its number, which is the first argument unless that is nil. */
  private Object list(Arguments given) throws LuaFailure {
    long id = given.number(0, -1);
    if (id < 0) {
      id = lists.size();
      lists.add(new ArrayList<>());
    }
    List<Object> added = given.list(1);
    values += added.size();
    if (values > MAX_VALUES) {
      throw new LuaFailure("more than " + MAX_VALUES + " names and networks");
    }
    lists.get((int) id).addAll(added);
    return id;
  }

  /** Keeps a block of a selector; returns its number. */
  private Object node(Arguments given) throws LuaFailure {
    nodes.add(resolved(given.map(0)));
    return (long) nodes.size() - 1;
  }

  /** Puts lists and blocks in the place of their numbers. */
  private Map<String, Object> resolved(Map<String, Object> block) throws LuaFailure {
    Map<String, Object> resolved = new TreeMap<>();
    for (Map.Entry<String, Object> entry : block.entrySet()) {
      Object value = entry.getValue();
      resolved.put(entry.getKey(), resolved(entry.getKey(), value));
    }
    return resolved;
  }

  private Object resolved(String key, Object value) throws LuaFailure {
    return switch (key) {
      case "any", "all" -> {
        List<Object> found = new ArrayList<>();
        for (Object number : Arguments.list(value)) {
          found.add(nodes.get(((Long) number).intValue()));
        }
        yield found;
      }
      case "not" -> nodes.get(((Long) value).intValue());
      default ->
          value instanceof Map<?, ?> map && map.get("list") instanceof Long id
              ? lists.get(id.intValue())
              : Arguments.sorted(value);
    };
  }

  private @Nullable Object rule(Arguments given) throws LuaFailure {
    if (rules.size() == MAX_RULES) {
      throw new LuaFailure("more than " + MAX_RULES + " rules");
    }
    Map<String, Object> rule = given.map(0);
    Object match = rule.getOrDefault("match", "all");
    Object action = rule.get("action");
    Place place = Arguments.place(rule);
    rules.add(
        new Rule(
            place,
            stage(String.valueOf(rule.get("stage"))),
            unique(String.valueOf(rule.getOrDefault("name", shortName(place)))),
            match instanceof Long node ? nodes.get(node.intValue()) : match,
            action == null ? null : Arguments.sorted(action),
            action == null
                ? new Code(
                    String.valueOf(rule.get("kind")),
                    given.ref(1),
                    String.valueOf(rule.get("what")))
                : null));
    return null;
  }

  private static Stage stage(String word) {
    for (Stage stage : Stage.values()) {
      if (stage.word().equals(word)) {
        return stage;
      }
    }
    throw new IllegalArgumentException("there is no stage " + word);
  }

  /** The name of a rule without one: the last part of its file's name, and its line. */
  private static String shortName(Place place) {
    String file = place.file();
    return file.substring(file.lastIndexOf('/') + 1) + ":" + place.line();
  }

  private String unique(String name) {
    String cut = name.substring(0, Math.min(name.length(), MAX_NAME));
    String free = cut;
    while (!ruleNames.add(free)) {
      free = cut + " (" + sameName.merge(cut, 2, (had, two) -> had + 1) + ")";
    }
    return free;
  }

  private @Nullable Object local(Arguments given) throws LuaFailure {
    Map<String, Object> local = given.map(0);
    locals.add(
        new Local(
            Arguments.place(local),
            Arguments.text(local, "transport"),
            Arguments.text(local, "address"),
            Arguments.flag(local, "proxied"),
            Arguments.map(Arguments.sorted(local.getOrDefault("options", Map.of())))));
    return null;
  }

  private @Nullable Object server(Arguments given) throws LuaFailure {
    servers.add(ServerArguments.server(given.map(0)));
    return null;
  }

  private @Nullable Object pool(Arguments given) throws LuaFailure {
    Pool pool = ServerArguments.pool(given.map(0));
    pools.put(pool.name(), pool);
    return null;
  }

  private @Nullable Object block(Arguments given) throws LuaFailure {
    blocks.add(Arguments.map(Arguments.sorted(given.map(0))));
    return null;
  }

  private @Nullable Object setting(Arguments given) throws LuaFailure {
    String key = given.text(0);
    Object value = given.value(1);
    if (key.equals("policy")) {
      policy = String.valueOf(value);
    } else if (value != null) {
      settings.put(key, value);
    }
    return null;
  }
}
