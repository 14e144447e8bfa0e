// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.dnsdist.Model.Cache;
import io.anteroom.node.dnsdist.Model.Check;
import io.anteroom.node.dnsdist.Model.Pool;
import io.anteroom.node.dnsdist.Model.Server;
import io.anteroom.node.dnsdist.Model.Tls;
import io.anteroom.node.lua.LuaFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes servers and pools of the tables that the library passes, which it has checked. */
final class ServerArguments {
  private ServerArguments() {}

  static Server server(Map<String, Object> table) throws LuaFailure {
    List<String> pools = new ArrayList<>();
    for (Object pool : Arguments.list(table.get("pools"))) {
      pools.add(Arguments.text(pool));
    }
    return new Server(
        Arguments.place(table),
        Arguments.text(table, "address"),
        Arguments.text(table, "name"),
        List.copyOf(pools),
        Arguments.integer(table, "weight"),
        Arguments.integer(table, "order"),
        Arguments.flag(table, "tcp_only"),
        tls(table),
        table.containsKey("source") ? Arguments.text(table, "source") : null,
        Arguments.integer(table, "sockets"),
        Arguments.integer(table, "udp_timeout"),
        Arguments.flag(table, "client_subnet"),
        check(Arguments.map(table.get("check"))));
  }

  private static @Nullable Tls tls(Map<String, Object> table) throws LuaFailure {
    if (!table.containsKey("tls")) {
      return null;
    }
    Map<String, Object> tls = Arguments.map(table.get("tls"));
    return new Tls(
        Arguments.text(tls, "subject"),
        Arguments.text(tls, "ca_store"),
        Arguments.flag(tls, "validate"),
        Arguments.text(tls, "doh_path"));
  }

  private static Check check(Map<String, Object> table) throws LuaFailure {
    return new Check(
        Arguments.text(table, "mode"),
        Arguments.text(table, "name"),
        Arguments.text(table, "type"),
        Arguments.integer(table, "interval"),
        Arguments.integer(table, "timeout"),
        Arguments.integer(table, "failures"),
        Arguments.flag(table, "must_resolve"));
  }

  static Pool pool(Map<String, Object> table) throws LuaFailure {
    return new Pool(
        Arguments.text(table, "name"),
        table.containsKey("policy") ? Arguments.text(table, "policy") : null,
        table.containsKey("cache") ? cache(Arguments.map(table.get("cache"))) : null);
  }

  private static Cache cache(Map<String, Object> table) throws LuaFailure {
    return new Cache(
        Arguments.place(table),
        Arguments.integer(table, "id"),
        Arguments.integer(table, "max_entries"),
        Arguments.integer(table, "max_ttl"),
        Arguments.integer(table, "min_ttl"),
        Arguments.integer(table, "max_negative_ttl"),
        Arguments.integer(table, "failure_ttl"),
        Arguments.integer(table, "stale_ttl"));
  }
}
