// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.config.Addresses;
import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.Netmask;
import io.anteroom.node.dnsdist.Model.Local;
import io.anteroom.node.dnsdist.Model.Place;
import io.anteroom.node.dnsdist.Model.Remark;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of Anteroom that does what a dnsdist file asks for, as HOCON. The node reads it
 * like a file of its own, so that rules, pools and caches are the same as everywhere; people read
 * it to go on without Lua. Defaults are those of dnsdist.
 *
 * @param text the configuration
 * @param causes for each line of the text, the place in the dnsdist file that has caused it; empty
 *     if it is the same for all files
 * @param warnings what the file asks for and does not get, with file and line
 */
public record Translation(String text, List<String> causes, List<String> warnings) {
  /** The name of the text in messages of the configuration's reader. */
  public static final String NAME = "translation";

  private static final Pattern MESSAGE =
      Pattern.compile(NAME + ":([0-9]+): (?:anteroom\\.)?(\\S+): (.*)", Pattern.DOTALL);

  private static final String LISTEN = "127.0.0.1:53";

  /** Copies the lists. */
  public Translation {
    causes = List.copyOf(causes);
    warnings = List.copyOf(warnings);
  }

  /**
   * How to translate.
   *
   * @param file the name of the dnsdist file, for people
   * @param locals addresses to listen at instead of those in the file; empty for those
   * @param withoutLua whether rules that call functions become comments, for people who want to go
   *     on without them; otherwise such a rule runs a policy with the name of the rule
   */
  public record Request(String file, List<InetSocketAddress> locals, boolean withoutLua) {
    /** Copies the list. */
    public Request {
      locals = List.copyOf(locals);
    }
  }

  /**
   * Translates.
   *
   * @throws InvalidConfiguration if something can't be translated and is not safe to leave out,
   *     with all such things
   */
  public static Translation of(Model model, Request request) throws InvalidConfiguration {
    List<String> warnings = new ArrayList<>();
    model.warnings().stream().map(Remark::toString).forEach(warnings::add);
    Writer writer = new Writer(model, request, warnings);
    HoconText body = writer.write();
    if (!writer.errors.isEmpty()) {
      throw new InvalidConfiguration(writer.errors);
    }
    HoconText header = request.withoutLua() ? writer.header() : new HoconText();
    List<String> causes = new ArrayList<>(header.causes());
    causes.addAll(body.causes());
    return new Translation(header.text() + body.text(), causes, warnings);
  }

  /**
   * A message of the reader of the text, with the place in the dnsdist file in place of that in the
   * text. Other messages stay as they are.
   */
  public String placed(String message) {
    Matcher matcher = MESSAGE.matcher(message);
    if (!matcher.matches()) {
      return message;
    }
    int line = Integer.parseInt(matcher.group(1));
    String cause = line >= 1 && line <= causes.size() ? causes.get(line - 1) : "";
    return cause.isEmpty()
        ? "%s: %s".formatted(matcher.group(2), matcher.group(3))
        : "%s: %s (%s)".formatted(cause, matcher.group(3), matcher.group(2));
  }

  /** Writes one configuration. */
  private static final class Writer {
    private final Model model;
    private final Request request;
    private final HoconText text = new HoconText();
    private final List<String> warnings;
    private final List<String> errors = new ArrayList<>();

    Writer(Model model, Request request, List<String> warnings) {
      this.model = model;
      this.request = request;
      this.warnings = warnings;
    }

    HoconText write() {
      PoolsText pools = new PoolsText(model, text, warnings, errors);
      RulesText rules = new RulesText(model, text, warnings, request.withoutLua());
      text.open("anteroom {");
      listeners();
      acl();
      operation();
      pools.write();
      rules.write();
      blocks();
      text.close("}");
      return text;
    }

    /** What people should know first; called when all warnings are known. */
    HoconText header() {
      HoconText header = new HoconText();
      header.comment(
          """
          What `anteroom import` made of %s. Anteroom answers with it as dnsdist does with \
          that file, except for what comments below say. `anteroom check --config FILE` checks it, \
          and `anteroom run --config FILE` runs it. anteroom-default.conf explains all keys."""
              .formatted(HoconText.oneLine(request.file())));
      List<String> lost = new ArrayList<>(warnings);
      if (!model.maintenance().isEmpty()) {
        lost.add("functions called each second: see `schedule` of policies");
      }
      if (!model.exits().isEmpty()) {
        lost.add("functions called at the end: there is nothing like it without Lua");
      }
      if (!lost.isEmpty()) {
        header.line("#");
        header.comment("What is not, or not quite, as in that file:");
        lost.forEach(each -> header.comment("- " + HoconText.oneLine(each)));
      }
      header.line("");
      return header;
    }

    private void listeners() {
      text.open("listeners = [");
      List<Local> plain = new ArrayList<>();
      for (InetSocketAddress local : request.locals()) {
        plain.addAll(udpAndTcp("-l " + Addresses.text(local), Addresses.text(local)));
      }
      if (!plain.isEmpty()) {
        listeners(plain);
        listeners(model.locals().stream().filter(local -> !local.plain()).toList());
      } else if (model.locals().isEmpty()) {
        listeners(udpAndTcp("", LISTEN));
      } else {
        listeners(model.locals());
      }
      text.because("");
      text.close("]");
      text.line("");
    }

    private static List<Local> udpAndTcp(String cause, String address) {
      return Stream.of("udp", "tcp")
          .map(transport -> new Local(new Place(cause, 0), transport, address, true, Map.of()))
          .toList();
    }

    /**
     * A file may name an address several times, for one thread each; here that is one listener. Two
     * with different certificates are an error, which the reader of the text reports.
     */
    private void listeners(List<Local> locals) {
      Set<Object> known = new HashSet<>();
      for (Local local : locals) {
        Place place = local.place();
        text.because(place.line() == 0 ? place.file() : place.toString());
        Object different = local.plain() ? "" : local.options();
        if (known.add(List.of(local.transport(), local.address(), different))) {
          listener(local);
        }
      }
    }

    private void listener(Local local) {
      Map<String, Object> listener = new LinkedHashMap<>();
      listener.put("transport", local.transport());
      listener.put("address", local.address());
      listener.putAll(local.options());
      if (local.proxied() && model.settings().get("proxies") instanceof List<?> proxies) {
        listener.put("proxy-protocol", proxies(proxies));
      }
      text.element(listener, "");
    }

    /** dnsdist's ACL is for the proxies, and for their clients only if the file says so. */
    private Map<String, Object> proxies(List<?> networks) {
      Map<String, Object> block = new LinkedHashMap<>();
      block.put("from", networks.stream().map(String::valueOf).map(Writer::network).toList());
      block.put("acl", model.settings().containsKey("acl-for-clients") ? "clients" : "proxies");
      return block;
    }

    private void acl() {
      text.comment("Clients outside these networks are dropped.");
      text.set("acl", model.acl().stream().map(Writer::network).toList());
      text.line("");
    }

    /** A network without the bits behind its prefix, which dnsdist ignores. */
    private static String network(String network) {
      int slash = network.indexOf('/');
      try {
        int prefix = Integer.parseInt(network.substring(slash + 1));
        return Netmask.around(Addresses.literal(network.substring(0, slash)), prefix, prefix)
            .toString();
      } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
        // The reader of the configuration says what is wrong with it.
        return network;
      }
    }

    /** What dnsdist does not do, and the ports that a node has beside those for queries. */
    private void operation() {
      String admin = admin();
      if (!request.withoutLua()) {
        text.set("cluster", Map.of("port", 0));
        text.set("admin", admin == null ? "off" : Map.of("address", admin));
      } else if (admin != null) {
        text.comment("The HTTP interface for operators, where that file has webserver().");
        text.set("admin", Map.of("address", admin));
      }
      text.because("");
      text.comment("dnsdist has no answers of its own for special names, and limits no responses.");
      text.set("special-names", "off");
      text.set("response-rate-limit", "off");
      text.line("");
    }

    private @Nullable String admin() {
      for (String key : List.of("webserver", "control-socket")) {
        if (model.settings().get(key) instanceof String address) {
          text.because(String.valueOf(model.settings().getOrDefault(key + "-place", "")));
          return address;
        }
      }
      return null;
    }

    /** A rule of `blocks` with its keys in the order in which people read them. */
    private static Map<String, Object> ordered(Map<String, Object> rule) {
      Map<String, Object> ordered = new LinkedHashMap<>();
      for (String key : List.of("name", "query-rate", "rcode-rate", "rcode-ratio")) {
        if (rule.containsKey(key)) {
          ordered.put(key, rule.get(key));
        }
      }
      new TreeMap<>(rule).forEach(ordered::putIfAbsent);
      return ordered;
    }

    private void blocks() {
      if (model.blocks().rules().isEmpty()) {
        return;
      }
      text.line("");
      text.open("blocks {");
      text.comment("dnsdist also blocks clients on this machine.");
      text.set("exclude", model.blocks().exclude().stream().map(Writer::network).toList());
      text.open("rules = [");
      model.blocks().rules().forEach(rule -> text.element(ordered(rule), ""));
      text.close("]");
      text.close("}");
    }
  }
}
