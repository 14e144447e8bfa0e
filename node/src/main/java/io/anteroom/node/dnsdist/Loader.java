// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.dnsdist;

import io.anteroom.node.config.InvalidConfiguration;
import io.anteroom.node.dnsdist.Model.Place;
import io.anteroom.node.dnsdist.Model.Remark;
import io.anteroom.node.lua.LuaFailure;
import io.anteroom.node.lua.LuaFunction;
import io.anteroom.node.lua.LuaLimits;
import io.anteroom.node.lua.LuaRef;
import io.anteroom.node.lua.LuaState;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads one dnsdist file. */
final class Loader {
  /** The log of {@code infolog} and its like, and of {@code print}. */
  private static final Logger LOG = LoggerFactory.getLogger("anteroom.dnsdist");

  /**
   * Instructions of the file's top level, so that an endless loop ends after some seconds, and
   * memory, which may hold lists of names.
   */
  static final LuaLimits LOADING = new LuaLimits(1_000_000_000L, 1L << 30, true);

  /** Instructions of each later call, which holds up an event loop: about 0.1 s. */
  private static final long CALL_INSTRUCTIONS = 10_000_000L;

  /** The script that those of other parts need. */
  private static final String FIRST = "core.lua";

  /** The scripts after those of other parts, in order. */
  private static final List<String> SCRIPTS =
      List.of(
          "constants.lua",
          "files.lua",
          "names.lua",
          "networks.lua",
          "pools.lua",
          "servers.lua",
          "selectors.lua",
          "actions.lua",
          "rules.lua",
          "listen.lua",
          "tls.lua",
          "blocks.lua",
          "accepted.lua",
          "missing.lua");

  private final List<LibraryPart> parts;
  private final List<Remark> warnings = new ArrayList<>();
  private final Collector collector = new Collector(warnings);
  private final ScriptFiles files;
  private final KnownNames names = new KnownNames();
  private final Set<String> defined = new HashSet<>();
  private final LuaState state;
  private @Nullable LuaRef collect;
  private @Nullable LuaRef check;

  Loader(Path file, List<LibraryPart> parts, LuaLimits limits) {
    state = new LuaState(limits);
    files = new ScriptFiles(file);
    this.parts = parts;
  }

  LuaState state() {
    return state;
  }

  /** Runs the file; closes the state if that fails. */
  Model load() throws InvalidConfiguration {
    boolean loaded = false;
    try {
      library();
      run();
      state.limit(CALL_INSTRUCTIONS);
      Model model = collector.model();
      loaded = true;
      return model;
    } finally {
      if (!loaded) {
        state.close();
      }
    }
  }

  private void run() throws InvalidConfiguration {
    try {
      state.load(files.main());
    } catch (LuaFailure e) {
      throw new InvalidConfiguration(failed(e));
    }
    try {
      state.call(Objects.requireNonNull(check), null);
      names.checkMissing(files.scripts());
      state.call(Objects.requireNonNull(collect), null);
    } catch (LuaFailure e) {
      // What is too much as a whole is at no line of the file.
      String message = e.getMessage();
      boolean placed = message.matches("(?s)[^\\n]*?:\\d+: .*");
      throw new InvalidConfiguration(List.of(placed ? message : files.shown() + ":1: " + message));
    }
  }

  private List<String> failed(LuaFailure failure) {
    try {
      state.call(Objects.requireNonNull(check), null);
    } catch (LuaFailure e) {
      LOG.debug("no names are checked after a failure: {}", e.getMessage());
    }
    return names.failed(failure.getMessage(), files.scripts());
  }

  private void library() {
    define(collector.functions());
    define(files.functions());
    define(names.functions());
    define(Checks.functions());
    define(
        Map.of(
            "collector",
            given -> {
              collect = new Arguments(given).ref(0);
              return null;
            },
            "checker",
            given -> {
              check = new Arguments(given).ref(0);
              return null;
            },
            "names_read",
            given -> List.copyOf(KnownNames.read(files.scripts())),
            "warn",
            given -> warn(new Arguments(given)),
            "log",
            given -> log(new Arguments(given))));
    List<String> scripts = new ArrayList<>(List.of(FIRST));
    for (LibraryPart part : parts) {
      define(part.functions());
      scripts.addAll(part.scripts());
    }
    scripts.addAll(SCRIPTS);
    for (String script : scripts) {
      try {
        state.loadLibrary("dnsdist", resource(script));
      } catch (LuaFailure e) {
        throw new IllegalStateException(script + ": " + e.getMessage(), e);
      }
    }
  }

  private void define(Map<String, LuaFunction> functions) {
    functions.forEach(
        (name, function) -> {
          if (!defined.add(name)) {
            throw new IllegalStateException("two functions are called " + name);
          }
          state.define("__java." + name, function);
        });
  }

  private Object warn(Arguments given) throws LuaFailure {
    String file = given.text(0);
    Place place =
        file.isEmpty() ? new Place(files.shown(), 1) : new Place(file, (int) given.number(1, 0));
    return warnings.add(new Remark(place, given.text(2)));
  }

  private static @Nullable Object log(Arguments given) throws LuaFailure {
    String text = given.text(1);
    switch (given.text(0)) {
      case "error" -> LOG.error("{}", text);
      case "warn" -> LOG.warn("{}", text);
      case "info" -> LOG.info("{}", text);
      default -> LOG.debug("{}", text);
    }
    return null;
  }

  private static byte[] resource(String name) {
    try (InputStream in = Loader.class.getResourceAsStream(name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(name, e);
    }
  }
}
