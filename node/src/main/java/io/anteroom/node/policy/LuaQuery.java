// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import io.anteroom.node.flow.Query;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaSubject;
import io.anteroom.node.rule.RuleContext;
import io.anteroom.protocol.ExtendedError;
import io.anteroom.protocol.Stage;
import io.anteroom.protocol.Verdict;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/**
 * The query as a script sees it: the {@code q} of its routes. It has the fields of the query, which
 * except for the pool can't be changed, and the variables that the policy declares. One for each
 * state of a policy, for its thread; used for one call after the other.
 */
final class LuaQuery implements LuaSubject {
  /** The names that a variable can't have. */
  static final Set<String> FIELDS =
      Set.of(
          "name",
          "type",
          "class",
          "stage",
          "client",
          "port",
          "transport",
          "identity",
          "server_name",
          "path",
          "pool",
          "rcode",
          "cached",
          "message");

  /** The names of methods. */
  static final Set<String> METHODS = Set.of("tag", "set_tag", "unset_tag", "records", "error");

  private final Set<String> declared;
  private final Set<String> pools;
  private final Map<String, @Nullable Object> variables = new HashMap<>();
  private @Nullable Query query;
  private Stage stage = Stage.QUERY;

  /**
   * Creates the query of a state.
   *
   * @param declared the names of the policy's variables
   * @param pools the names of the upstream pools
   */
  LuaQuery(Set<String> declared, Set<String> pools) {
    this.declared = declared;
    this.pools = pools;
  }

  /** Shows this query in the next call. */
  void show(Stage now, Query next, Map<String, @Nullable Object> survived) {
    stage = now;
    query = next;
    variables.clear();
    variables.putAll(survived);
  }

  /** Shows no query: for a call that belongs to none. */
  void showNone() {
    query = null;
    variables.clear();
  }

  /** The query as the script has left it. */
  Query query() throws LuaFailure {
    Query shown = query;
    if (shown == null) {
      throw failure("there is no query here, as this route reports on an operation");
    }
    return shown;
  }

  /** The variables as the script has left them. */
  Map<String, @Nullable Object> variables() {
    return new HashMap<>(variables);
  }

  @Override
  public @Nullable Object get(String field) throws LuaFailure {
    if (declared.contains(field)) {
      return variables.get(field);
    }
    Query shown = query();
    return switch (field) {
      case "name" -> shown.wire().name().text();
      case "type" -> Type.string(shown.wire().type());
      case "class" -> DClass.string(shown.wire().dnsClass());
      case "stage" -> stage.word();
      case "client" -> shown.client().address().getAddress().getHostAddress();
      case "port" -> (long) shown.client().address().getPort();
      case "transport" -> shown.client().transport().word();
      case "identity" -> orNil(shown.client().identity());
      case "server_name" -> orNil(shown.client().session().serverName());
      case "path" -> orNil(shown.client().session().path());
      case "pool" -> shown.poolName();
      case "cached" -> shown.cached();
      case "rcode" -> rcode(shown);
      case "message" -> message(shown);
      default -> throw failure("a query has no field \"" + field + "\"" + hint(field));
    };
  }

  private static @Nullable Object orNil(String text) {
    return text.isEmpty() ? null : text;
  }

  private static @Nullable Object rcode(Query shown) {
    byte[] answer = shown.answer();
    return answer == null ? null : Rcode.string(answer[3] & 0xf);
  }

  private static byte[] message(Query shown) {
    byte[] answer = shown.answer();
    return (answer == null ? shown.wire().bytes() : answer).clone();
  }

  private String hint(String field) {
    return METHODS.contains(field)
        ? ", but a method: write q:" + field + "(...)"
        : "; a variable of the policy must be declared with vars()";
  }

  @Override
  public void set(String field, @Nullable Object value) throws LuaFailure {
    if (declared.contains(field)) {
      variables.put(field, value);
    } else if (field.equals("pool")) {
      setPool(value);
    } else if (FIELDS.contains(field)) {
      throw failure("q." + field + " can't be changed");
    } else {
      throw failure("\"" + field + "\" is not declared; write vars(\"" + field + "\") first");
    }
  }

  private void setPool(@Nullable Object value) throws LuaFailure {
    if (!(value instanceof String name) || !pools.contains(name)) {
      throw failure("there is no upstream pool " + value);
    } else if (query().answer() != null) {
      throw failure("the pool comes too late in " + stage.word() + ", as there is an answer");
    }
    query = query().withPool(name);
  }

  @Override
  public boolean isMethod(String name) {
    return METHODS.contains(name);
  }

  @Override
  public @Nullable Object invoke(String method, @Nullable Object[] arguments) throws LuaFailure {
    Query shown = query();
    return switch (method) {
      case "tag" -> shown.tags().get(text(method, arguments, 0));
      case "set_tag" -> {
        String value = arguments.length > 1 ? text(method, arguments, 1) : "";
        query = withTag(shown, text(method, arguments, 0), value);
        yield null;
      }
      case "unset_tag" -> {
        query = shown.withoutTags(Set.of(text(method, arguments, 0)));
        yield null;
      }
      case "error" -> {
        query = withError(shown, arguments);
        yield null;
      }
      case "records" -> Records.of(shown);
      default -> throw failure("a query has no method \"" + method + "\"");
    };
  }

  private static Query withTag(Query shown, String name, String value) throws LuaFailure {
    if (name.isEmpty()
        || name.length() > Verdict.MAX_TAG_LENGTH
        || value.length() > Verdict.MAX_TAG_LENGTH) {
      throw failure("the name of a tag has 1 to 255 characters, and its value at most as many");
    } else if (shown.tags().size() >= RuleContext.MAX_TAG_NAMES
        && !shown.tags().containsKey(name)) {
      throw failure("the query has " + shown.tags().size() + " tags already");
    }
    return shown.withTags(Map.of(name, value));
  }

  private static Query withError(Query shown, @Nullable Object[] arguments) throws LuaFailure {
    if (arguments.length == 0 || !(arguments[0] instanceof Long code)) {
      throw failure("error takes a code of RFC 8914 and a text");
    }
    try {
      String text = arguments.length > 1 ? text("error", arguments, 1) : "";
      return shown.withError(new ExtendedError(Math.toIntExact(code), text));
    } catch (ArithmeticException | IllegalArgumentException e) {
      throw failure(String.valueOf(e.getMessage()));
    }
  }

  private static String text(String method, @Nullable Object[] arguments, int index)
      throws LuaFailure {
    if (index < arguments.length && arguments[index] instanceof String text) {
      return text;
    }
    throw failure(String.format(Locale.ROOT, "argument %d of %s must be text", index + 1, method));
  }

  static LuaFailure failure(String message) {
    return new LuaFailure(LuaFailure.Kind.ERROR, message);
  }
}
