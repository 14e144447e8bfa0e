// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.config.SettingsReader;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaFunction;
import io.anteroom.node.lua.LuaScript;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The global names that a file may use. One that is not there would be an error only when a query
 * comes to it, so the code of all functions is searched for such names before the first query.
 */
final class KnownNames {
  private static final Pattern GLOBAL = Pattern.compile("global '([A-Za-z_][A-Za-z_0-9]*)'");

  /** What dnsdist has and the library doesn't, each with the nearest thing that there is. */
  private final Map<String, String> lacking = new HashMap<>();

  private final Set<String> known = new TreeSet<>();
  private final Set<String> missing = new HashSet<>();

  /** The functions that the library calls. */
  Map<String, LuaFunction> functions() {
    return Map.of(
        "name_lacking", given -> lacks(new Arguments(given)),
        "names_defined", given -> names(new Arguments(given)),
        "name_missing", given -> missing.add(new Arguments(given).text(0)),
        "unknown", given -> unknown(new Arguments(given)));
  }

  private @Nullable Object lacks(Arguments given) throws LuaFailure {
    lacking.put(given.text(0), given.text(1));
    return null;
  }

  private @Nullable Object names(Arguments given) throws LuaFailure {
    for (Object name : given.list(0)) {
      known.add(Arguments.text(name));
    }
    return null;
  }

  private static Object unknown(Arguments given) throws LuaFailure {
    Set<String> known = new TreeSet<>();
    for (Object name : given.list(1)) {
      known.add(Arguments.text(name));
    }
    return SettingsReader.unknown(given.text(0), known);
  }

  /** The names that the files read and that none of them assigns. */
  static Set<String> read(List<LuaScript> scripts) {
    Set<String> read = new LinkedHashSet<>();
    scripts.forEach(script -> script.globals().forEach(name -> read.add(name.name())));
    scripts.forEach(script -> read.removeAll(script.assigned()));
    return read;
  }

  /** Fails if the files read names that are not there, each with its place and the nearest name. */
  void checkMissing(List<LuaScript> scripts) throws InvalidConfiguration {
    List<String> errors = new ArrayList<>();
    for (LuaScript script : scripts) {
      for (LuaScript.Reference read : script.globals()) {
        if (missing.contains(read.name())) {
          errors.add(script.file() + ":" + read.line() + ": " + about(read.name()));
        }
      }
    }
    if (!errors.isEmpty()) {
      throw new InvalidConfiguration(errors);
    }
  }

  /**
   * The errors of a file whose top level has failed: why, and which names it reads in that line, or
   * anywhere if they are known to be missing. Others may be defined by what did not run any more.
   */
  List<String> failed(String message, List<LuaScript> scripts) {
    List<String> errors = new ArrayList<>();
    Matcher global = GLOBAL.matcher(message);
    String name = global.find() ? global.group(1) : "";
    errors.add(name.isEmpty() ? message : message + "; " + about(name));
    for (LuaScript script : scripts) {
      for (LuaScript.Reference read : script.globals()) {
        String place = script.file() + ":" + read.line() + ": ";
        boolean told = lacking.containsKey(read.name()) || message.startsWith(place);
        if (told && missing.contains(read.name()) && !read.name().equals(name)) {
          errors.add(place + about(read.name()));
        }
      }
    }
    return errors;
  }

  private String about(String name) {
    String nearest = lacking.get(name);
    return nearest == null
        ? SettingsReader.unknown(name, known)
        : name + " is not supported: " + nearest;
  }
}
