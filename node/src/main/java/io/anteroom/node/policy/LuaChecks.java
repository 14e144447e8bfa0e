// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.policy;

import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaScript;

/** What must be true of a script before any of it runs. */
final class LuaChecks {
  private LuaChecks() {}

  /**
   * Checks the routes, variables, filters and operations that a script names.
   *
   * @throws LuaFailure with file and line
   */
  static void check(LuaScript script, Services services) throws LuaFailure {
    for (LuaScript.Reference reference : script.references()) {
      if (!script.routes().contains(reference.name())) {
        throw failure(
            script,
            reference.line(),
            "there is no route \"%s\"; known: %s"
                .formatted(reference.name(), String.join(", ", script.routes())));
      }
    }
    if (!script.routes().contains("main") && !script.handlers().contains("onfile_http")) {
      throw LuaQuery.failure(
          script.file() + ": route.main is missing; write function route.main(q) ... end");
    }
    for (LuaScript.Use use : script.uses()) {
      check(script, use, services);
    }
  }

  private static void check(LuaScript script, LuaScript.Use use, Services services)
      throws LuaFailure {
    String name = use.name();
    try {
      switch (use.statement()) {
        case "vars" -> checkVariable(name);
        case "filter", "suspend" -> services.filter(name);
        case "schedule" -> services.operation("worker", name.isEmpty() ? null : name);
        default -> services.operation(use.statement(), name.isEmpty() ? null : name);
      }
    } catch (IllegalArgumentException e) {
      throw failure(script, use.line(), String.valueOf(e.getMessage()));
    }
  }

  private static void checkVariable(String name) {
    if (LuaQuery.FIELDS.contains(name) || LuaQuery.METHODS.contains(name)) {
      throw new IllegalArgumentException(
          "a variable can't be named \"" + name + "\", as a query has that field");
    }
  }

  private static LuaFailure failure(LuaScript script, int line, String text) {
    return LuaQuery.failure(script.file() + ":" + line + ": " + text);
  }
}
