// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.lua;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A script that was compiled and checked, but not run. Immutable, for any thread. */
public final class LuaScript {
  /** Maximum size of a script in bytes. */
  public static final int MAX_SIZE = 1 << 20;

  private static final int ESCAPE = 27;

  private final String file;
  private final byte[] source;
  private final Set<String> routes;
  private final List<Reference> references;
  private final List<Use> uses;
  private final Set<String> variables;
  private final Set<String> handlers;
  private final Set<String> assigned;
  private final List<Reference> globals;

  /**
   * A route that a script names.
   *
   * @param name its name
   * @param line the line, counted from 1
   */
  public record Reference(String name, int line) {}

  /**
   * A name that a script gives to a statement of the host.
   *
   * @param statement the statement, such as {@code sql} or {@code vars}
   * @param name the name; empty if the statement was called without one
   * @param line the line, counted from 1
   */
  public record Use(String statement, String name, int line) {}

  private LuaScript(String file, byte[] source, Map<?, ?> checked) {
    this.file = file;
    this.source = source;
    routes = names(checked.get("routes"));
    variables = names(checked.get("variables"));
    handlers = names(checked.get("handlers"));
    references = references(LuaBuffer.strings(checked.get("references")));
    uses = uses(LuaBuffer.strings(checked.get("uses")));
    assigned = names(checked.get("assigned"));
    globals = references(LuaBuffer.strings(checked.get("globals")));
  }

  /**
   * Compiles and checks a script.
   *
   * @param file the name that messages have
   * @throws LuaFailure with file and line, if it is no valid Lua or if it does what would fail or
   *     block when it runs
   */
  public static LuaScript compile(String file, byte[] source) throws LuaFailure {
    return compile(file, source, LuaLimits.DEFAULT);
  }

  /** Compiles and checks a script that will run with these limits. */
  public static LuaScript compile(String file, byte[] source, LuaLimits limits) throws LuaFailure {
    return compile(file, source, limits, MAX_SIZE);
  }

  /** Compiles and checks a script of at most {@code maxSize} bytes. */
  public static LuaScript compile(String file, byte[] source, LuaLimits limits, int maxSize)
      throws LuaFailure {
    if (source.length > maxSize) {
      throw new LuaFailure(file + ":1: the script has more than " + maxSize + " bytes");
    } else if (source.length > 0 && source[0] == ESCAPE) {
      throw new LuaFailure(file + ":1: this is compiled code; only text is accepted");
    }
    byte[] copy = source.clone();
    LuaLimits checking =
        new LuaLimits(
            LuaLimits.DEFAULT.instructions() * 10,
            LuaLimits.DEFAULT.memoryBytes(),
            limits.allowIo());
    try (LuaState state = new LuaState(checking)) {
      return new LuaScript(file, copy, state.check(file, copy));
    } catch (LuaFailure e) {
      // A check that takes too long is at no line of the script.
      throw e.getMessage().startsWith(file + ":")
          ? e
          : new LuaFailure(e.kind(), file + ":1: can't be checked: " + e.getMessage());
    }
  }

  /** The name that messages have. */
  public String file() {
    return file;
  }

  byte[] source() {
    return source;
  }

  /** The names of its routes: X for each function that it assigns to {@code route.X}. */
  public Set<String> routes() {
    return routes;
  }

  /** The routes that it names in {@code async}, {@code launch} and {@code route}, in order. */
  public List<Reference> references() {
    return references;
  }

  /**
   * The names that it gives to {@code vars} and to the statements that name a filter or an
   * operation, as far as they are literals. Names in functions for worker threads are not among
   * them.
   */
  public List<Use> uses() {
    return uses;
  }

  /** The variables that it declares with {@code vars("a", "b")}. */
  public Set<String> variables() {
    return variables;
  }

  /** The other global functions that it assigns. */
  public Set<String> handlers() {
    return handlers;
  }

  /** The global names that it assigns, in any function. */
  public Set<String> assigned() {
    return assigned;
  }

  /**
   * The global names that it reads and nowhere assigns, each with the first line that does. A name
   * whose presence the script tests, as in {@code if name then}, is not among them.
   */
  public List<Reference> globals() {
    return globals;
  }

  private static Set<String> names(@org.jspecify.annotations.Nullable Object list) {
    return java.util.Collections.unmodifiableSet(new LinkedHashSet<>(LuaBuffer.strings(list)));
  }

  /** From texts such as {@code 12:name}. */
  private static List<Reference> references(List<String> texts) {
    List<Reference> references = new ArrayList<>();
    for (String text : texts) {
      int colon = text.indexOf(':');
      references.add(
          new Reference(text.substring(colon + 1), Integer.parseInt(text.substring(0, colon))));
    }
    return List.copyOf(references);
  }

  /** From texts such as {@code 12:sql:name}. */
  private static List<Use> uses(List<String> texts) {
    return texts.stream()
        .map(text -> text.split(":", 3))
        .map(parts -> new Use(parts[1], parts[2], Integer.parseInt(parts[0])))
        .toList();
  }
}
