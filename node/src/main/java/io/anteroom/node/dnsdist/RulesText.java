// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.dnsdist.Model.Code;
import io.anteroom.node.dnsdist.Model.Rule;
import io.anteroom.node.dnsdist.Model.Server;
import io.anteroom.protocol.Stage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.xbill.DNS.Rcode;

/** Writes the rules. */
final class RulesText {
  private static final String POLICY = "POLICY";

  private final Model model;
  private final HoconText text;
  private final boolean withoutLua;
  private final List<String> warnings;

  RulesText(Model model, HoconText text, List<String> warnings, boolean withoutLua) {
    this.warnings = warnings;
    this.model = model;
    this.text = text;
    this.withoutLua = withoutLua;
  }

  void write() {
    text.line("");
    text.open("rules {");
    text.comment(
        "Answers of servers go through `response`, those of the cache through `cache-hit`.");
    text.set("run-response", "once");
    for (Stage stage : Stage.values()) {
      List<Rule> rules = model.rules().stream().filter(rule -> rule.stage() == stage).toList();
      boolean subnets = stage == Stage.QUERY && tellsSubnets();
      if (!rules.isEmpty() || subnets) {
        text.open(HoconText.key(stage.word()) + " = [");
        if (subnets) {
          subnets();
        }
        rules.forEach(this::rule);
        text.close("]");
      }
    }
    text.close("}");
  }

  /** Whether all servers are to be told of the client's network; if not, none is, for privacy. */
  private boolean tellsSubnets() {
    List<Server> told = model.servers().stream().filter(Server::clientSubnet).toList();
    if (!told.isEmpty() && told.size() < model.servers().size()) {
      told.forEach(
          server ->
              warnings.add(
                  server.place()
                      + ": newServer: useClientSubnet is ignored, as not all servers have it; a rule"
                      + " with SetECSPrefixLengthAction can choose queries for it"));
    }
    return !told.isEmpty() && told.size() == model.servers().size();
  }

  private void subnets() {
    Map<String, Object> bits = new LinkedHashMap<>();
    bits.put("ipv4", model.settings().getOrDefault("ecs-ipv4", 32L));
    bits.put("ipv6", model.settings().getOrDefault("ecs-ipv6", 128L));
    text.because(model.servers().get(0).place().toString());
    text.element(rule("useClientSubnet", "all", Map.of("ecs", bits)), "");
    text.because("");
  }

  private void rule(Rule rule) {
    text.because(rule.place().toString());
    Object match = ours(rule.match());
    Object action = rule.action();
    Code code = rule.code();
    if (action != null) {
      text.element(rule(rule.name(), match, ours(action)), "");
    } else if (code != null && !withoutLua) {
      text.element(rule(rule.name(), match, Map.of("policy", rule.name())), "");
    } else if (code != null) {
      lost(rule, match);
    }
    text.because("");
  }

  private void lost(Rule rule, Object match) {
    text.comment(
        "%s calls a function of Lua. Write it as a policy, policies.%s { file = \"%s.lua\" },"
                .formatted(rule.place(), POLICY, POLICY.toLowerCase(Locale.ROOT))
            + " and remove the # here:");
    String line = HoconText.of(rule(rule.name(), match, Map.of("policy", POLICY)));
    text.line("#" + line);
  }

  /** The word for a response code that has one. */
  static Object rcode(Object number) {
    String text = String.valueOf(number);
    return text.matches("[0-9]|10")
        ? Rcode.string(Integer.parseInt(text)).toLowerCase(Locale.ROOT)
        : number;
  }

  private static Map<String, Object> rule(String name, Object match, Object action) {
    Map<String, Object> rule = new LinkedHashMap<>();
    rule.put("name", name);
    rule.put("match", match);
    rule.put("action", action);
    return rule;
  }

  /** The value with the names that pools have here. */
  private static Object ours(Object value) {
    if (!(value instanceof Map<?, ?> map)) {
      return value;
    }
    Map<String, Object> ours = new LinkedHashMap<>();
    map.forEach(
        (key, element) -> ours.put(String.valueOf(key), ours(String.valueOf(key), element)));
    Object then = ours.remove("then");
    if (then != null) {
      ours.put("then", then);
    }
    return ours;
  }

  private static Object ours(String key, Object value) {
    if (key.equals("rcode") && value instanceof List<?> codes) {
      return codes.stream().map(RulesText::rcode).toList();
    } else if (key.equals("rcode")) {
      return rcode(value);
    }
    if (key.equals("pool") || key.equals("pool-usable")) {
      return value instanceof List<?> names
          ? names.stream().map(name -> PoolNames.ours(String.valueOf(name))).toList()
          : PoolNames.ours(String.valueOf(value));
    }
    return value instanceof List<?> list
        ? list.stream().map(RulesText::ours).toList()
        : ours(value);
  }
}
