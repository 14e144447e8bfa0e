// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import io.anteroom.node.config.FilterSettings;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaState;
import io.anteroom.node.lua.LuaStop;
import io.anteroom.node.operation.WorkerRunner;
import io.anteroom.protocol.Operation;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The statements that a policy has beside Lua's own: the operations, which make a table that says
 * what is wanted, and {@code async}, {@code launch} and {@code suspend}, which take such a table.
 */
final class LuaStatements {
  /** The name of the service in the table of an operation. */
  private static final String SERVICE = "service";

  /** The arguments in the table of an operation; missing if a filter is asked for its verdict. */
  private static final String ARGUMENTS = "arguments";

  private static final Duration MAX_TIMEOUT = Duration.ofHours(1);

  private final Services services;
  private final PolicyHost host;
  private final Reports reports;
  private final ReportChain chain = new ReportChain();

  /** Makes what takes the results of launched operations. */
  @FunctionalInterface
  interface Reports {
    /**
     * What runs a route with the result; called on any thread.
     *
     * @param from the event loop that launches the operation; null if it is none
     */
    ReportChain.Report of(@Nullable EventLoop from, String route);
  }

  /** Creates the statements of one state. */
  LuaStatements(Services services, PolicyHost host, Reports reports) {
    this.services = services;
    this.host = host;
    this.reports = reports;
  }

  /** What the reports of this state launch. */
  ReportChain chain() {
    return chain;
  }

  void define(LuaState lua) {
    lua.define("vars", arguments -> null);
    lua.define("sql", this::sql);
    lua.define("http", this::http);
    lua.define("exec", this::exec);
    lua.define("resolve", this::resolve);
    lua.define("sleep", this::sleep);
    lua.define("filter", this::filter);
    lua.define(LuaTasks.HOST + "operation", this::schedule);
    lua.define("async", this::async);
    lua.define("launch", this::launch);
    lua.define("suspend", this::suspend);
  }

  private Object sql(@Nullable Object[] arguments) throws LuaFailure {
    String name = text("sql", arguments, 0, "the name of an operation");
    String statement = text("sql", arguments, 1, "a statement");
    return operation("sql", name, Map.of("statement", statement, "parameters", rest(arguments, 2)));
  }

  private Object http(@Nullable Object[] arguments) throws LuaFailure {
    String name = text("http", arguments, 0, "the name of an operation");
    Object request = arguments.length > 1 ? arguments[1] : Map.of();
    if (!(request instanceof Map<?, ?> map)) {
      throw LuaQuery.failure("the second argument of http must be a table with names");
    }
    Map<String, @Nullable Object> wanted = new HashMap<>();
    map.forEach((key, value) -> wanted.put(String.valueOf(key), value));
    return operation("http", name, wanted);
  }

  private Object exec(@Nullable Object[] arguments) throws LuaFailure {
    String name = text("exec", arguments, 0, "the name of an operation");
    return operation("exec", name, Map.of("arguments", rest(arguments, 1)));
  }

  private Object resolve(@Nullable Object[] arguments) throws LuaFailure {
    String name = text("resolve", arguments, 0, "a domain name");
    String type = arguments.length > 1 ? text("resolve", arguments, 1, "a type") : "A";
    return operation(
        "resolve", optional("resolve", arguments, 2), Map.of("name", name, "type", type));
  }

  private Object sleep(@Nullable Object[] arguments) throws LuaFailure {
    if (arguments.length == 0 || !(arguments[0] instanceof Number seconds)) {
      throw LuaQuery.failure("the first argument of sleep must be a number of seconds");
    }
    return operation(
        "sleep", optional("sleep", arguments, 1), Map.of("seconds", seconds.doubleValue()));
  }

  /** The function {@code schedule}, for which {@code tasks.lua} dumps the function. */
  private Object schedule(@Nullable Object[] arguments) throws LuaFailure {
    byte[] data = ScriptFunctions.bytes(ScriptFunctions.argument(arguments, 0), "data");
    byte[] code = ScriptFunctions.bytes(ScriptFunctions.argument(arguments, 1), "the code");
    return operation(
        "worker",
        optional("schedule", arguments, 2),
        Map.of(WorkerRunner.DATA, data, WorkerRunner.ONEXECUTE, code));
  }

  private Object filter(@Nullable Object[] arguments) throws LuaFailure {
    String name = text("filter", arguments, 0, "the name of a filter");
    return Map.of(SERVICE, checked(() -> services.filter(name)).name());
  }

  private Object operation(
      String kind, @Nullable String name, Map<String, ? extends @Nullable Object> arguments)
      throws LuaFailure {
    FilterSettings service = checked(() -> services.operation(kind, name));
    return Map.of(SERVICE, service.name(), ARGUMENTS, arguments);
  }

  private Object async(@Nullable Object[] arguments) throws LuaFailure {
    Wanted wanted = wanted("async", arguments);
    String route = text("async", arguments, 1, "the name of a route");
    Duration timeout = timeout(arguments);
    throw new LuaStop(new Wait(wanted.service().asyncId(), wanted.operation(), route, timeout));
  }

  private @Nullable Object launch(@Nullable Object[] arguments) throws LuaFailure {
    Wanted wanted = wanted("launch", arguments);
    String route = optional("launch", arguments, 1);
    Operation operation = wanted.operation();
    if (operation == null) {
      throw LuaQuery.failure("launch takes no filter, as there would be no query to decide");
    }
    int asyncId = wanted.service().asyncId();
    if (route == null) {
      host.launches().launch(asyncId, operation, result -> {});
    } else if (chain.isOver()) {
      throw LuaQuery.failure(ReportChain.error());
    } else {
      chain.launch(host.launches(), asyncId, operation, reports.of(host.here(), route));
    }
    return null;
  }

  private Object suspend(@Nullable Object[] arguments) throws LuaFailure {
    String name = text("suspend", arguments, 0, "the name of a filter");
    int asyncId = checked(() -> services.filter(name)).asyncId();
    throw new LuaStop(new Wait(asyncId, null, null, null));
  }

  /**
   * What an operation's table says.
   *
   * @param operation null for the verdict of a filter
   */
  private record Wanted(FilterSettings service, @Nullable Operation operation) {}

  private Wanted wanted(String statement, @Nullable Object[] arguments) throws LuaFailure {
    if (arguments.length == 0
        || !(arguments[0] instanceof Map<?, ?> map)
        || !(map.get(SERVICE) instanceof String name)) {
      throw LuaQuery.failure(
          "the first argument of " + statement + " must be an operation, as in sleep(0.1)");
    }
    FilterSettings service = checked(() -> services.any(name));
    Object wanted = map.get(ARGUMENTS);
    if (!(wanted instanceof Map<?, ?> named)) {
      return new Wanted(service, null);
    }
    Map<String, @Nullable Object> copy = new HashMap<>();
    named.forEach((key, value) -> copy.put(String.valueOf(key), value));
    // Lua has one kind of empty table, which comes back as a map.
    for (String list : List.of("parameters", "arguments")) {
      copy.computeIfPresent(
          list,
          (key, value) -> value instanceof Map<?, ?> none && none.isEmpty() ? List.of() : value);
    }
    return new Wanted(service, checked(() -> new Operation(copy)));
  }

  private static @Nullable Duration timeout(@Nullable Object[] arguments) throws LuaFailure {
    if (arguments.length < 3 || arguments[2] == null) {
      return null;
    }
    double seconds = arguments[2] instanceof Number number ? number.doubleValue() : 0;
    if (!(seconds >= 0.001 && seconds <= MAX_TIMEOUT.toSeconds())) {
      throw LuaQuery.failure("the timeout of async must be 0.001 to 3600 seconds");
    }
    return Duration.ofNanos((long) (seconds * 1e9));
  }

  private static List<@Nullable Object> rest(@Nullable Object[] arguments, int from) {
    return from >= arguments.length
        ? List.of()
        : new ArrayList<>(Arrays.asList(arguments).subList(from, arguments.length));
  }

  private static String text(String statement, @Nullable Object[] arguments, int index, String what)
      throws LuaFailure {
    if (index < arguments.length && arguments[index] instanceof String text) {
      return text;
    }
    throw LuaQuery.failure("argument %d of %s must be %s".formatted(index + 1, statement, what));
  }

  private static @Nullable String optional(
      String statement, @Nullable Object[] arguments, int index) throws LuaFailure {
    return index >= arguments.length || arguments[index] == null
        ? null
        : text(statement, arguments, index, "a name");
  }

  private interface Check<T> {
    T get();
  }

  /** Turns what is wrong for the caller into an error of the script. */
  private static <T> T checked(Check<T> check) throws LuaFailure {
    try {
      return check.get();
    } catch (IllegalArgumentException e) {
      throw LuaQuery.failure(String.valueOf(e.getMessage()));
    }
  }
}
